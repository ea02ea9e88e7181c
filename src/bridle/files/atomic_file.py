"""Atomic file: it is whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["write_atomic"]


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
