"""Lock of a study's folder, which allows one writer and ends with its process."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bridle.errors import InputError

__all__ = ["LOCK", "locked"]

LOCK = ".bridle.lock"
"""Name of the locked file. It names its holder, and is removed at the end."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder within the block.

    The operating system releases the lock when the process ends, in any way. A file left by a
    killed process can be locked again.

    Parameters
    ----------
    folder : Path
        An existing folder.

    Raises
    ------
    InputError
        Another study holds the lock, in this process or another; or the file system has no locks.
    OSError
        The file cannot be written.
    """
    path = folder / LOCK
    descriptor = _lock_file(path)
    try:
        _say_who(descriptor)
        yield
    finally:
        # Windows cannot remove an open file, not even if only the next writer has opened it.
        if sys.platform != "win32":
            path.unlink(missing_ok=True)
        os.close(descriptor)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                path.unlink()


def _lock_file(path: Path) -> int:
    """Open and lock the file, and return its descriptor; closing it releases the lock."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            if _is_open_at(descriptor, path):
                return descriptor
        except BlockingIOError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise InputError(
                f"The output folder {str(path.parent)!r} is in use: {holder} is writing to it. "
                "Wait for that study, end it, or name another folder."
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise InputError(
                f"The output folder {str(path.parent)!r} cannot be locked ({error.strerror}). Name "
                "a folder on a file system that has locks, such as a local disk."
            ) from error
        os.close(descriptor)  # the holder removed the file before it was locked here


def _is_open_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _say_who(descriptor: int) -> None:
    since = datetime.now().astimezone().isoformat(" ", "seconds")
    who = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, f"{json.dumps(who)}\n".encode())


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        who = json.loads(os.read(descriptor, 4096))
        return f"process {who['process']} on {who['host']}, since {who['since']},"
    except (KeyError, TypeError, ValueError):
        return "another study"  # it has not written its name yet


if sys.platform == "win32":
    import msvcrt

    # Far beyond the content, which must remain readable to others.
    _LOCKED_BYTE = 1 << 30

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(error.errno, error.strerror) from error

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
