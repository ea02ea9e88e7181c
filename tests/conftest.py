from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
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
# Objects made between two collections of garbage, ten times Python's: they took a tenth of the time.
BETWEEN_COLLECTIONS = 7_000
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
    # pytest-xdist would hand out files by their numbers of tests: of two slow examples, last.
    config.option.loadscopereorder = False
    if "PYTEST_XDIST_WORKER" not in os.environ:
        size = sum(one.stat().st_size for one in PROGRAMS.glob("*"))
        if size > LARGEST_PROGRAMS:
            shutil.rmtree(PROGRAMS, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect no garbage meanwhile, and never what stays until the end: modules and tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(BETWEEN_COLLECTIONS, 10, 10)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the largest files first: handed out last, one would keep its worker after the other ended."""
    sizes = {path: path.stat().st_size for path in {item.path for item in items}}
    items.sort(key=lambda item: (-sizes[item.path], item.path))


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
