"""Unpacking of files, which are recognised by content and not by name, up to a largest size."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from bridle.errors import InputError, MissingExtraError
from bridle.files.archive import MOST_RATIO

__all__ = ["COMPRESSED", "Unpacked", "opened", "unpacked"]

_ALWAYS_ALLOWED = 2**30
"""Bytes that a packed file of any size may unpack to."""

_NO_TABLES = {
    b"\xd0\xcf\x11\xe0": "is a workbook of a spreadsheet. Save the table as .csv",
    b"PAR1": "holds Parquet. Name it .parquet, unpacked",
    b"%PDF": "is a PDF. Save the table as .csv",
    b"<!do": "is a web page, not a table. Load the file itself",
    b"<htm": "is a web page, not a table. Load the file itself",
}


@dataclass(frozen=True)
class Unpacked:
    """The content of a file.

    Attributes
    ----------
    raw : bytes
        The unpacked content.
    name : str
        Name of the packed file.
    notes : tuple of str
        Sentences on assumptions.
    lines : ndarray of int64, optional
        For each line of ``raw``, its line in the file, if ``raw`` has only some lines.
    """

    raw: bytes
    name: str
    notes: tuple[str, ...] = ()
    lines: npt.NDArray[np.int64] | None = None


def unpacked(path: Path) -> Unpacked:
    """Return the content of a file, unpacked if it is packed.

    Raises
    ------
    InputError
        The file cannot be read or unpacked, contains several files, unpacks to far more than its
        size, or is not text.
    MissingExtraError
        The file is packed by Zstandard and pyarrow is not installed.
    """
    with opened(path) as (file, name, notes):
        return Unpacked(file.read(), name, notes)


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], str, tuple[str, ...]]]:
    """Open a file, unpacked if it is packed, to be read piece by piece.

    Yields
    ------
    file : binary file
    name : str
        Name of the packed file.
    notes : tuple of str

    Raises
    ------
    InputError, MissingExtraError
        See `unpacked`; some faults are found only while the file is read.
    """
    try:
        with ExitStack() as stack:
            file, name, packing = _opened(path, stack)
            buffered = io.BufferedReader(file)
            _refuse_no_text(buffered.peek(64)[:64], path.name)
            yield buffered, name, _notes(path, packing)
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(f"{path.name} cannot be read: {reason.rstrip('.')}.") from error


def _opened(path: Path, stack: ExitStack) -> tuple[io.RawIOBase, str, str | None]:
    with path.open("rb") as start:
        packing = _packing(start.read(16))
    name = _without_packing(path.name)
    if packing is None:
        return stack.enter_context(path.open("rb", buffering=0)), name, None
    if packing == ".zip":
        packed, name = _of_zip(path, stack)
    else:
        packed = stack.enter_context(_OPENERS[packing](path))
    return _Capped(packed, path), name, packing


def _notes(path: Path, packing: str | None) -> tuple[str, ...]:
    if packing == (path.suffix.lower() if path.suffix.lower() in COMPRESSED else None):
        return ()
    how = "is not packed" if packing is None else f"is packed as {packing} files are"
    return (f"{path.name} {how}, whatever its name says.",)


class _Capped(io.RawIOBase):
    """The unpacked content of a file, refused beyond the largest size."""

    def __init__(self, packed: IO[bytes], path: Path) -> None:
        self._packed = packed
        self._name = path.name
        self._most = max(_ALWAYS_ALLOWED, MOST_RATIO * path.stat().st_size)
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._packed.read(len(buffer))
        self._read += len(piece)
        if self._read > self._most:
            raise InputError(
                f"{self._name} unpacks to more than {self._most:,} bytes, over {MOST_RATIO} times its "
                "size. Unpack it first, if that is right."
            )
        buffer[: len(piece)] = piece
        return len(piece)


def _zstd(path: Path) -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtraError("Reading a .zst file", "pyarrow", "parquet") from error
    return pyarrow.input_stream(str(path), compression="zstd")


_OPENERS: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
    ".zst": _zstd,
}
COMPRESSED = frozenset({*_OPENERS, ".zip"})
"""Suffixes of packed files."""

_FIRST_BYTES = {
    b"\x1f\x8b": ".gz",
    b"BZh": ".bz2",
    b"\xfd7zXZ\x00": ".xz",
    b"\x28\xb5\x2f\xfd": ".zst",
    b"PK\x03\x04": ".zip",
    b"PK\x05\x06": ".zip",
}


def _packing(start: bytes) -> str | None:
    found = (kind for mark, kind in _FIRST_BYTES.items() if start.startswith(mark))
    packing = next(found, None)
    # The name of a column may begin with BZh.
    return None if packing == ".bz2" and start[4:7] not in {b"1AY", b"\x17\x72\x45"} else packing


def _without_packing(name: str) -> str:
    inner = PurePath(name)
    return inner.stem if inner.suffix.lower() in COMPRESSED else name


def _of_zip(path: Path, stack: ExitStack) -> tuple[IO[bytes], str]:
    archive = stack.enter_context(zipfile.ZipFile(path))
    names = [member.filename for member in archive.infolist() if not member.is_dir()]
    if "[Content_Types].xml" in names:
        raise InputError(f"{path.name} is a workbook of a spreadsheet. Save the table as .csv.")
    # macOS adds a metadata file for each file.
    names = [name for name in names if not name.startswith("__MACOSX/")]
    if len(names) != 1:
        raise InputError(
            f"{path.name} must hold one file. Received: {len(names)} of them. Unpack it first."
        )
    try:
        return stack.enter_context(archive.open(names[0])), PurePath(names[0]).name
    except RuntimeError as error:
        raise InputError(f"{path.name} is locked by a password. Unpack it first.") from error


def _refuse_no_text(raw: bytes, name: str) -> None:
    start = raw[:64].lstrip()
    for mark, what in _NO_TABLES.items():
        if start[:4] == mark or start[:4].lower() == mark:
            raise InputError(f"{name} {what}.")
    if _packing(start) is not None:
        raise InputError(f"{name} holds a file that is packed itself. Unpack it first.")
