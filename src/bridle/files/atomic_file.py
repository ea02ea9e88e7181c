"""`write_atomic`: writes a file completely or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["open_atomic", "write_atomic"]


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Write a file so that readers see the old content or the new one, never a part.

    The data are written to a temporary file in the same folder and synced to disk. The temporary
    file then replaces `path` in one step, and the folder is synced too.

    Parameters
    ----------
    path : str or Path
        A file in an existing folder. A symbolic link is replaced, not followed.
    data : bytes or str
        A string is written as UTF-8, with unchanged line ends.

    Raises
    ------
    OSError
        The file could not be written: `path` is unchanged and the temporary file is deleted. (If
        only the last step failed, the new file exists, but may not survive a power cut.)
    """
    content = data.encode() if isinstance(data, str) else data
    with open_atomic(path) as file:
        file.write(content)


@contextmanager
def open_atomic(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file that replaces ``path`` if the block ends without an error.

    `write_atomic` describes how, and what is guaranteed.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    OSError
        See `write_atomic`.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(temporary)):
            # A full disk names no file, and the name of the temporary one means nothing to a user.
            error.filename = str(path)
        raise
    _force_to_disk(path.parent)


def _force_to_disk(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder and needs no such step
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
