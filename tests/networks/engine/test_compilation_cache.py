"""Laws of the cache of compiled programs: the user's choice stands, and nothing fails for it."""

from __future__ import annotations

import os

import pytest

jax = pytest.importorskip("jax")

from bridle.networks.engine.compiled.compilation_cache import SWITCH, use_compilation_cache  # noqa: E402

NAME = "jax_compilation_cache_dir"


@pytest.fixture(autouse=True)
def no_folder_yet():
    before = {
        one: jax.config.values[one] for one in (NAME, "jax_persistent_cache_min_compile_time_secs")
    }
    jax.config.update(NAME, None)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


def test_folder_is_in_the_cache_directory(tmp_path, monkeypatch):
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert use_compilation_cache() == tmp_path / "bridle" / "jax"
    assert jax.config.values[NAME] == str(tmp_path / "bridle" / "jax")
    assert (tmp_path / "bridle" / "jax").is_dir()


@pytest.mark.parametrize("word", ["off", "OFF", "0", ""])
def test_switch_turns_it_off(word, monkeypatch):
    monkeypatch.setenv(SWITCH, word)
    assert use_compilation_cache() is None
    assert jax.config.values[NAME] is None


def test_folder_of_the_user_stays(tmp_path, monkeypatch):
    monkeypatch.setenv(SWITCH, str(tmp_path / "ours"))
    jax.config.update(NAME, str(tmp_path / "theirs"))
    assert use_compilation_cache() is None
    assert jax.config.values[NAME] == str(tmp_path / "theirs")
    assert not (tmp_path / "ours").exists()


def test_folder_that_cannot_be_written_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(SWITCH, os.fspath(tmp_path / "file" / "below"))
    assert use_compilation_cache() is None
    assert jax.config.values[NAME] is None
