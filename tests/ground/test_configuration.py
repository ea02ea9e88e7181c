"""`show_config` says what runs here, and imports no framework to find out."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata

import pytest

import bridle
from bridle import _core
from bridle.errors import InputError


def test_versions_and_kernels_are_those_in_use():
    found = bridle.show_config(mode="dicts")
    assert [*found] == ["bridle", "python", "processor", "threads", "packages", "optional"]
    assert found["bridle"]["version"] == bridle.__version__
    assert found["packages"]["numpy"] == metadata.version("numpy")
    assert found["processor"]["kernels in use"] == _core.level()
    assert any(one.startswith(("openblas", "mkl", "blis")) for one in found["threads"]["libraries"])


@pytest.mark.parametrize("level", _core.available_levels())
def test_it_prints_and_imports_no_framework(level):
    code = (
        "import sys, bridle; bridle.show_config(); "
        "print('loaded:', sorted({'keras', 'jax', 'torch', 'tensorflow', 'polars'} & {*sys.modules}))"
    )
    environment = {**os.environ, "BRIDLE_CPU_LEVEL": level}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    lines = done.stdout.splitlines()
    assert lines[:1] == ["bridle"]
    assert lines[-1] == "loaded: []"
    used = next(line for line in lines if "kernels in use" in line)
    assert used.split()[-1] == level


def test_a_package_that_is_missing_is_said(monkeypatch, capsys):
    monkeypatch.setattr("bridle.configuration._OPTIONAL", ("no-such-package",))
    monkeypatch.setattr("bridle.configuration.find_spec", lambda name: None)
    assert bridle.show_config() is None
    (line,) = (one for one in capsys.readouterr().out.splitlines() if "no-such-package" in one)
    assert line.endswith("not installed")


def test_another_mode_is_refused():
    with pytest.raises(InputError, match="mode must be 'stdout' or 'dicts'"):
        bridle.show_config(mode="json")
