from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
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
HALF_WRITTEN = "ignore:Error reading persistent compilation cache entry"
for _name, _value in {
    "JAX_COMPILATION_CACHE_DIR": str(PROGRAMS),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    # Optimising the program of a test takes longer than running it; benchmarks run optimised ones.
    "XLA_FLAGS": "--xla_backend_optimization_level=0",
    # JAX writes its files in place: one that is cut short is seen by its checksum and compiled anew.
    "PYTHONWARNINGS": HALF_WRITTEN,
}.items():
    os.environ.setdefault(_name, _value)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", HALF_WRITTEN)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        size = sum(one.stat().st_size for one in PROGRAMS.glob("*"))
        if size > LARGEST_PROGRAMS:
            shutil.rmtree(PROGRAMS, ignore_errors=True)


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
