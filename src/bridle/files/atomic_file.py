"""`write_atomic`, `write_together`: a file, or several, are written completely or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["open_atomic", "temporary_of", "write_atomic", "write_together"]

_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{16}\.tmp")


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
    with _temporary_beside(path) as temporary:
        with temporary.open("xb") as file:
            yield file
            _force_content(file)
        os.replace(temporary, path)
    _force_to_disk(path.parent)


def write_together(
    folder: Path, contents: Mapping[str, bytes], without: Iterable[str] = ()
) -> None:
    """Write several files of a folder, and change none unless there is room for all.

    Each is written as `write_atomic` does; the first takes its place once all are written.

    Parameters
    ----------
    folder : Path
        An existing folder.
    contents : mapping of str to bytes
        By name of the file; they take their places in this order.
    without : iterable of str, optional
        Names of files that are deleted before the first takes its place. Default: none.

    Raises
    ------
    OSError
        See `write_atomic`. If there was no room, all files are unchanged.
    """
    with ExitStack() as stack:
        written: dict[Path, Path] = {}
        for name, content in contents.items():
            path = folder / name
            written[path] = stack.enter_context(_temporary_beside(path))
            with written[path].open("xb") as file:
                file.write(content)
                _force_content(file)
        for name in without:
            (folder / name).unlink(missing_ok=True)
        for path, temporary in written.items():
            os.replace(temporary, path)
    _force_to_disk(folder)


def temporary_of(name: str) -> str | None:
    """Return the name of the file that a temporary file was to become; None if it is no such file."""
    found = _TEMPORARY.fullmatch(name)
    return found and found.group(1)


@contextmanager
def _temporary_beside(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file, which is deleted if the block ends with an error."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        yield temporary
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(temporary)):
            # A full disk names no file, and the name of the temporary one means nothing to a user.
            error.filename = str(path)
        raise


def _force_content(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _force_to_disk(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder and needs no such step
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
