"""Files that an experiment leaves: valid JSON, and never in somebody else's folder."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bridle.dropout.engine.checkpoint import CHECKPOINT_NAME
from bridle.errors import InputError

__all__ = ["OWN_FILES", "UNFINISHED", "end_study", "open_output_directory", "to_json"]

OWN_FILES = ("records.jsonl", "verdict.json", "loss_curves.png", "coefficients.png", "report.html")
"""Names of the files that an experiment leaves in its output folder."""

UNFINISHED = "unfinished.jsonl"
"""Name of the file that holds the runs of a study until it is finished."""

_OWN_NAME = re.compile(
    "|".join(
        rf"{name}|\.{name}\.[0-9a-f]+\.tmp"
        for name in (*map(re.escape, (*OWN_FILES, UNFINISHED)), CHECKPOINT_NAME)
    )
)


def to_json(obj: object, *, indent: int | None = None) -> str:
    """Return valid JSON, in which a number that is not finite is null.

    Parameters
    ----------
    obj : object
        Nested mappings, sequences, strings, numbers (NumPy's too), arrays, booleans and None.
    indent : int or None, default=None
        Spaces a level; None gives one line.

    Raises
    ------
    TypeError
        Something inside has no counterpart in JSON.
    """
    return json.dumps(_plain(obj), ensure_ascii=False, allow_nan=False, indent=indent)


def _plain(obj: object) -> Any:
    if isinstance(obj, np.ndarray | np.generic):
        return _plain(obj.tolist())
    if isinstance(obj, float):
        return obj if math.isfinite(obj) else None
    if isinstance(obj, Mapping):
        return {str(key): _plain(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [_plain(value) for value in obj]
    return obj


def open_output_directory(path: str | Path) -> Path:
    """Create the folder for an experiment's files, or accept one that holds nothing else.

    Parameters
    ----------
    path : str or Path
        Missing parents are created. What an earlier experiment left there (`OWN_FILES`) may stay
        and be replaced.

    Returns
    -------
    Path
        The folder, which now exists.

    Raises
    ------
    InputError
        It is a symbolic link or a file, holds anything that bridle did not write, or cannot be
        created or read.
    """
    path = Path(path)
    if path.is_symlink():
        raise InputError(
            f"The output folder {str(path)!r} is a symbolic link; name the folder itself."
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        strangers = sorted(entry.name for entry in path.iterdir() if not _is_own(entry))
    except OSError as error:
        raise InputError(
            f"The output folder {str(path)!r} cannot be used ({error.strerror}: "
            f"{error.filename!r}); name a folder that can be created, or one that is empty."
        ) from error
    if strangers:
        listed = ", ".join(repr(name) for name in strangers[:3])
        more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        raise InputError(
            f"The output folder {str(path)!r} holds {listed}{more}, which bridle did not write; "
            "name a new folder or an empty one."
        )
    return path


def end_study(folder: Path) -> None:
    """Remove what is kept of a study until it is finished."""
    for entry in folder.iterdir():
        if entry.name == UNFINISHED or re.fullmatch(CHECKPOINT_NAME, entry.name):
            entry.unlink(missing_ok=True)


def _is_own(entry: Path) -> bool:
    """Whether bridle wrote it; a temporary file stays behind where a process was killed."""
    return (
        _OWN_NAME.fullmatch(entry.name) is not None and entry.is_file() and not entry.is_symlink()
    )
