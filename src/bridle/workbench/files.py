"""Files that bridle writes: whole or not at all, and never in somebody else's folder."""

from __future__ import annotations

import json
import math
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bridle.errors import InputError

__all__ = ["OWN_FILES", "open_output_directory", "to_json", "write_atomic"]

OWN_FILES = ("records.jsonl", "verdict.json", "loss_curves.png", "coefficients.png", "report.html")
"""Names of the files that an experiment leaves in its output folder."""

_OWN_NAME = re.compile(
    "|".join(rf"{re.escape(name)}|\.{re.escape(name)}\.[0-9a-f]+\.tmp" for name in OWN_FILES)
)


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Write a file so that a reader finds the old content or the new one, never a part.

    The data go to a temporary file in the same folder, are forced to the disk and take the place
    of `path` in one step; then the folder is forced to the disk too.

    Parameters
    ----------
    path : str or Path
        In a folder that exists. A symbolic link is replaced, not followed.
    data : bytes or str
        A string is written as UTF-8, its line ends as they are.

    Raises
    ------
    OSError
        The file could not be written: `path` is as it was and the temporary file is gone. (If
        only the last step failed, the new file stands, but may not survive a power cut.)
    """
    path = Path(path)
    content = data.encode() if isinstance(data, str) else data
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _force_to_disk(path.parent)


def _force_to_disk(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folder and needs no such step
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def _is_own(entry: Path) -> bool:
    """Whether bridle wrote it; a temporary file stays behind where a process was killed."""
    return (
        _OWN_NAME.fullmatch(entry.name) is not None and entry.is_file() and not entry.is_symlink()
    )
