from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

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
