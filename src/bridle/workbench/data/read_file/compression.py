"""Unpacking of files, recognised by content and not by name, up to a limit of size."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any

from bridle.errors import InputError, MissingExtraError
from bridle.files.archive import MOST_RATIO

__all__ = ["COMPRESSED", "Unpacked", "unpacked"]

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
    """

    raw: bytes
    name: str
    notes: tuple[str, ...] = ()


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
    try:
        with path.open("rb") as file:
            packing = _packing(file.read(16))
        if packing is None:
            found = Unpacked(path.read_bytes(), _without_packing(path.name))
        elif packing == ".zip":
            found = _of_zip(path)
        else:
            with _OPENERS[packing](path) as packed:
                found = Unpacked(_capped(packed, path), _without_packing(path.name))
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(f"{path.name} cannot be read: {reason.rstrip('.')}.") from error
    _refuse_no_text(found.raw, path.name)
    if packing == (path.suffix.lower() if path.suffix.lower() in COMPRESSED else None):
        return found
    how = "is not packed" if packing is None else f"is packed as {packing} files are"
    return Unpacked(found.raw, found.name, (f"{path.name} {how}, whatever its name says.",))


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
    found = (one for mark, one in _FIRST_BYTES.items() if start.startswith(mark))
    packing = next(found, None)
    # The name of a column may begin with BZh.
    return None if packing == ".bz2" and start[4:7] not in {b"1AY", b"\x17\x72\x45"} else packing


def _without_packing(name: str) -> str:
    inner = PurePath(name)
    return inner.stem if inner.suffix.lower() in COMPRESSED else name


def _of_zip(path: Path) -> Unpacked:
    with zipfile.ZipFile(path) as archive:
        names = [one.filename for one in archive.infolist() if not one.is_dir()]
        if "[Content_Types].xml" in names:
            raise InputError(f"{path.name} is a workbook of a spreadsheet. Save the table as .csv.")
        # macOS adds a metadata file for each file.
        names = [one for one in names if not one.startswith("__MACOSX/")]
        if len(names) != 1:
            raise InputError(
                f"{path.name} must hold one file. Received: {len(names)} of them. Unpack it first."
            )
        try:
            with archive.open(names[0]) as packed:
                return Unpacked(_capped(packed, path), PurePath(names[0]).name)
        except RuntimeError as error:
            raise InputError(f"{path.name} is locked by a password. Unpack it first.") from error


def _capped(packed: IO[bytes], path: Path) -> bytes:
    most = max(_ALWAYS_ALLOWED, MOST_RATIO * path.stat().st_size)
    raw = packed.read(most + 1)
    if len(raw) > most:
        raise InputError(
            f"{path.name} unpacks to more than {most:,} bytes, over {MOST_RATIO} times its size. "
            "Unpack it first, if that is right."
        )
    return raw


def _refuse_no_text(raw: bytes, name: str) -> None:
    start = raw[:64].lstrip()
    for mark, what in _NO_TABLES.items():
        if start[:4] == mark or start[:4].lower() == mark:
            raise InputError(f"{name} {what}.")
    if _packing(start) is not None:
        raise InputError(f"{name} holds a file that is packed itself. Unpack it first.")
