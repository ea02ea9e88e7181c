"""Which backend Keras gets, who decides, and what is said where there is none."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from bridle import backend
from bridle.errors import MissingExtraError, UnknownNameError

FRAMEWORKS = {"keras", "jax", "tensorflow", "torch"}


def run_python(code, **env):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Stage a machine: keras not imported, an empty home, and only the packages that are named."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(backend, "import_module", lambda name: (name, os.environ["KERAS_BACKEND"]))

    def stage(*packages, settings=None):
        monkeypatch.setattr(backend, "find_spec", lambda name: name if name in packages else None)
        if settings is not None:
            (tmp_path / "keras.json").write_text(settings)

    return stage


def test_imports_and_the_question_load_no_framework():
    code = (
        "import sys, bridle.networks.engine.training, bridle.workbench.arm\n"
        "from bridle.backend import backend_available; backend_available()\n"
        f"print({FRAMEWORKS!r} & set(sys.modules))"
    )
    assert run_python(code) == "set()"


def test_blocked_keras_names_extra():
    code = (
        "import sys; sys.modules['keras'] = None\n"
        "from bridle import backend\n"
        "print(backend.backend_available())\n"
        "try:\n    backend.load_keras()\nexcept ImportError as error:\n    print(error)"
    )
    reason, message = run_python(code).splitlines()
    assert reason == message
    assert "keras" in message
    assert "pip install 'bridle[jax]'" in message


@pytest.mark.skipif(
    importlib.util.find_spec("keras") is None or importlib.util.find_spec("jax") is None,
    reason="needs the extra jax",
)
def test_file_that_keras_leaves_behind_is_no_choice(tmp_path):
    code = "from bridle.backend import load_keras; print(load_keras().backend.backend())"
    assert run_python(code, KERAS_HOME=str(tmp_path)) == "jax"
    assert json.loads((tmp_path / "keras.json").read_text()) == backend.WRITTEN_BY_KERAS


def test_jax_where_nobody_chose(machine):
    machine("keras", "jax", "tensorflow", "torch")
    assert backend.load_keras() == ("keras", "jax")


def test_tensorflow_where_nobody_chose_and_jax_is_missing(machine):
    machine("keras", "tensorflow")
    assert backend.load_keras() == ("keras", "tensorflow")


def test_variable_wins_over_file(machine, monkeypatch):
    machine("keras", "jax", "tensorflow", "torch", settings='{"backend": "tensorflow"}')
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert backend.load_keras() == ("keras", "torch")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('{"backend": "torch"}', "torch"),
        ('{"backend": "tensorflow"}', "tensorflow"),
        (json.dumps(backend.WRITTEN_BY_KERAS), "jax"),
        (json.dumps(backend.WRITTEN_BY_KERAS | {"floatx": "float64"}), "tensorflow"),
        ('{"floatx": "float32"}', "jax"),
        ("not json", "jax"),
        ("[]", "jax"),
    ],
)
def test_file_decides_only_where_user_wrote_it(machine, settings, expected):
    machine("keras", "jax", "tensorflow", "torch", settings=settings)
    assert backend.load_keras() == ("keras", expected)


def test_imported_keras_stands(machine, monkeypatch):
    machine()
    monkeypatch.setitem(sys.modules, "keras", object())
    assert backend.backend_available() is None
    assert backend.load_keras() == ("keras", "")


def test_missing_backend_names_package_and_extra(machine):
    machine("keras")
    with pytest.raises(MissingExtraError, match=r"needs jax.*bridle\[jax\]"):
        backend.load_keras()


def test_missing_chosen_backend_offers_jax(machine, monkeypatch):
    machine("keras", "jax")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    message = r"'torch', or KERAS_BACKEND=jax, needs torch.*bridle\[torch\]"
    with pytest.raises(MissingExtraError, match=message):
        backend.load_keras()


def test_missing_keras_names_the_extra_of_the_chosen_backend(machine, monkeypatch):
    machine()
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(MissingExtraError, match=r"needs keras.*bridle\[tensorflow\]"):
        backend.load_keras()


def test_backend_that_cannot_train_is_refused(machine, monkeypatch):
    machine("keras", "jax")
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with pytest.raises(UnknownNameError, match="'numpy'"):
        backend.load_keras()
    assert "'numpy'" in backend.backend_available()
