"""The stub of the compiled module says what the module is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bridle

PACKAGE = Path(bridle.__file__).parent


def test_stub_is_what_the_module_gives(tmp_path):
    pytest.importorskip("nanobind", reason="nanobind, which writes stubs, is not installed")
    fresh = tmp_path / "_core.pyi"
    path = os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "nanobind.stubgen", "-m", "bridle._core", "-o", str(fresh)]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert (PACKAGE / "_core.pyi").read_text("utf-8") == fresh.read_text("utf-8"), (
        "write it again: python -m nanobind.stubgen -m bridle._core -o src/bridle/_core.pyi"
    )
