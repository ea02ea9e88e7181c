"""The text of a table file: unpacked, decoded, and how its fields are separated."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bridle.archive import MOST_RATIO
from bridle.errors import InputError

__all__ = ["COMPRESSED", "TableText", "unpacked"]

_PACKED: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
COMPRESSED = frozenset({*_PACKED, ".zip", ".zst"})
"""Suffixes of packed files; what is in a ``.zst`` cannot be read."""

_ALWAYS_ALLOWED = 2**30
"""So many bytes may come from a packed file of any size."""
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LINES_LOOKED_AT = 50


@dataclass(frozen=True)
class TableText:
    """Lines of fields, and what was assumed to read them.

    Attributes
    ----------
    text : str
        Lines that are none of the table's are empty, so that the others keep their numbers.
    separator : str
    notes : tuple of str
        Sentences.
    """

    text: str
    separator: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, raw: bytes, usual: str, name: str) -> TableText:
        """Decode a file and find its separator.

        Parameters
        ----------
        raw : bytes
        usual : str
            The separator of files of its name.
        name : str

        Raises
        ------
        InputError
            It is no text.
        """
        text, notes = _decoded(raw, name)
        text, named = _without_first_line(text)
        text, comments = _without_comments(text)
        if comments:
            notes.append(f"{name} has {comments:,} lines of comments, which are left out.")
        separator = named or _separator(text, usual)
        if separator != usual:
            notes.append(f"The fields of {name} are separated by {_SEPARATORS[separator]}.")
        return cls(text, separator, tuple(notes))


def unpacked(path: Path) -> tuple[bytes, str]:
    """Return the bytes of a file, unpacked if it is packed, and the name of what they are.

    Raises
    ------
    InputError
        The file cannot be read or unpacked, holds several files, or far more than its size.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".zip":
            return _of_zip(path)
        if suffix in _PACKED:
            with _PACKED[suffix](path) as packed:
                return _capped(packed, path), path.stem
        return path.read_bytes(), path.name
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(f"{path.name} cannot be read: {reason.rstrip('.')}.") from error


def _of_zip(path: Path) -> tuple[bytes, str]:
    with zipfile.ZipFile(path) as archive:
        names = [one.filename for one in archive.infolist() if not one.is_dir()]
        if len(names) != 1:
            raise InputError(
                f"{path.name} must hold one file. Received: {len(names)} of them. Unpack it first."
            )
        try:
            with archive.open(names[0]) as packed:
                return _capped(packed, path), Path(names[0]).name
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


def _decoded(raw: bytes, name: str) -> tuple[str, list[str]]:
    for mark, encoding in _UTF16.items():
        if raw.startswith(mark):
            try:
                return raw[2:].decode(encoding), []
            except UnicodeDecodeError as error:
                raise InputError(f"{name} is damaged UTF-16: {error.reason}.") from error
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise InputError(
            f"{name}, line {line} holds a zero byte, so it is UTF-16 or not text. Save it as UTF-8."
        )
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        where = f"{name}, line {line} is not UTF-8: byte 0x{raw[error.start]:02x}"
    try:
        return raw.decode("cp1252"), [f"{where}. It is read as Windows-1252."]
    except UnicodeDecodeError as error:
        raise InputError(f"{where}, nor Windows-1252. Save it as UTF-8.") from error


def _without_first_line(text: str) -> tuple[str, str | None]:
    """Empty a first line ``sep=;``, as spreadsheets write it, and return what it names."""
    first, end, rest = text.partition("\n")
    sign = first.strip().strip('"').removeprefix("sep=")
    if not first.strip().strip('"').startswith("sep=") or sign not in _SEPARATORS:
        return text, None
    return end + rest, sign


def _without_comments(text: str) -> tuple[str, int]:
    """Empty the lines that begin with #, if the first that is not blank does; count them."""
    if not text.lstrip().startswith("#"):
        return text, 0
    lines = text.split("\n")
    kept = ["" if one.lstrip().startswith("#") else one for one in lines]
    if not any(one.strip() for one in kept):
        return text, 0
    return "\n".join(kept), sum(one.lstrip().startswith("#") for one in lines)


def _separator(text: str, usual: str) -> str:
    """Return the usual separator, or the one that splits the first lines alike where it does not."""
    lines = [one for one in text.split("\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT] if one.strip()]
    if len(_fields(lines[:1], usual)) > 1 or not lines:
        return usual
    for separator in _SEPARATORS:
        widths = {len(_fields([one], separator)) for one in lines}
        if min(widths) > 1 and max(widths) - min(widths) <= 1:
            return separator
    return usual


def _fields(lines: Sequence[str], separator: str) -> list[Any]:
    try:
        return next(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator), [])
    except csv.Error:
        return []
