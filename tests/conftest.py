from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections import Counter
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("bridle", deadline=None, derandomize=True)
settings.load_profile("bridle")

# Before any test imports Keras, which leaves a file in its home at once.
os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="keras-home-")
atexit.register(shutil.rmtree, os.environ["KERAS_HOME"], ignore_errors=True)
os.environ["MPLBACKEND"] = "Agg"
# A test leaves nothing in the home of whoever runs it.
os.environ.setdefault("BRIDLE_COMPILATION_CACHE", "off")

# What JAX compiled for one test serves all others, their processes, and the next run.
PROGRAMS = Path(__file__).parents[1] / "build" / "jax"
LARGEST_PROGRAMS = 1 << 28
# Files that take longest, first: handed out last, one would keep its worker after the other has ended.
LONGEST = (
    "workbench/run/test_options.py",
    "workbench/model/test_predictions.py",
    "test_docs.py",
    "workbench/columns/test_odd_tables.py",
    "test_import.py",
    "cli/test_options.py",
    "cli/test_cli.py",
    "test_examples.py",
    "dropout/keras_layers/test_laws.py",
    "ground/test_workers.py",
    "networks/engine/test_engine.py",
    "networks/estimators/test_estimators.py",
    "dropout/keras_layers/test_sub_network.py",
    "workbench/run/test_study.py",
    "laws/kernels/test_interrupt.py",
    "test_notebooks.py",
)
# Optimising the program of a test takes longer than running it; benchmarks run optimised ones.
XLA_FLAGS = "--xla_backend_optimization_level=0"
# A flag that a version does not know ends its process: these are known to be there in one.
if find_spec("jaxlib") and metadata.version("jaxlib").startswith("0.10."):
    XLA_FLAGS += (
        " --xla_cpu_use_fusion_emitters=false"
        " --xla_cpu_parallel_codegen_split_count=1"
        " --xla_cpu_enable_concurrency_optimized_scheduler=false"
    )
if "PYTEST_XDIST_WORKER" in os.environ:
    # There is a worker for each processor: more threads would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HALF_WRITTEN = "ignore:Error reading persistent compilation cache entry"
for _name, _value in {
    "JAX_COMPILATION_CACHE_DIR": str(PROGRAMS),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "XLA_FLAGS": XLA_FLAGS,
    # JAX writes its files in place: one that is cut short is seen by its checksum and compiled anew.
    "PYTHONWARNINGS": HALF_WRITTEN,
}.items():
    os.environ.setdefault(_name, _value)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", HALF_WRITTEN)
    if gone := [one for one in LONGEST if not (Path(__file__).parent / one).is_file()]:
        raise pytest.UsageError(f"LONGEST in tests/conftest.py lists files that are gone: {gone}")
    # pytest-xdist would hand out files by their numbers of tests: of two slow examples, last.
    config.option.loadscopereorder = False
    if "PYTEST_XDIST_WORKER" not in os.environ:
        size = sum(one.stat().st_size for one in PROGRAMS.glob("*"))
        if size > LARGEST_PROGRAMS:
            shutil.rmtree(PROGRAMS, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order files: the longest first, then those of many tests."""
    places = [one.path.relative_to(Path(__file__).parent).as_posix() for one in items]
    numbers = Counter(places)

    def order(place: str) -> tuple[int, int]:
        return LONGEST.index(place) if place in LONGEST else len(LONGEST), -numbers[place]

    ordered = sorted(zip(places, items, strict=True), key=lambda pair: order(pair[0]))
    items[:] = [item for _, item in ordered]


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function from arguments to exit code, standard output and standard error."""

    from bridle.cli.main import main

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return call
