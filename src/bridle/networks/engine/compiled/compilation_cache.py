"""Persistent cache of compiled programs in the user's directory."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import jax

__all__ = ["SWITCH", "use_compilation_cache"]

SWITCH = "BRIDLE_COMPILATION_CACHE"
"""Environment variable: ``off``, or the folder to use."""

_LEAST_SECONDS = 0.2
"""Shortest compilation time, in seconds, of a program that is cached."""


def use_compilation_cache() -> Path | None:
    """Let JAX cache its compiled programs, unless the user chose otherwise.

    A cache folder or switch that the user set in JAX is kept. If the folder cannot be written,
    nothing is cached and no error is raised.

    Returns
    -------
    Path or None
        The folder, if bridle chose it.
    """
    if jax.config.values["jax_compilation_cache_dir"] is not None:
        return None
    folder = _folder()
    if folder is None or not _can_write(folder):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", _LEAST_SECONDS)
    return folder


def _folder() -> Path | None:
    chosen = os.environ.get(SWITCH)
    if chosen is not None and chosen.lower() in {"off", "0", "no", "false", ""}:
        return None
    if chosen is not None:
        return Path(chosen)
    home = {
        "darwin": "~/Library/Caches",
        "win32": os.environ.get("LOCALAPPDATA", "~/AppData/Local"),
    }
    base = os.environ.get("XDG_CACHE_HOME") or home.get(sys.platform, "~/.cache")
    return Path(base).expanduser() / "bridle" / "jax"


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
