"""Read a table from a file, strictly: what is not a table is refused by file, line and column."""

from __future__ import annotations

import codecs
import csv
import io
from array import array
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bridle.archive import MOST_RATIO
from bridle.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow

__all__ = ["read_table"]

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_COMPRESSED = frozenset({".gz", ".bz2", ".xz", ".zip", ".zst"})
_BYTES_OF_A_CELL = 8
_ALWAYS_ALLOWED = 2**30
"""So many bytes may come from a Parquet file of any size."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table.

    Parameters
    ----------
    path : str or path
        A ``.csv`` or ``.tsv`` file in UTF-8 with a header in its first line, or a ``.parquet``
        file. Empty fields and the words that pandas takes for missing (NA, NaN, None, null, …) are
        missing.

    Returns
    -------
    DataFrame
        Indexed by line number, under the name ``"line"``, for a text file, so that messages can
        name the line; from 0 for Parquet.

    Raises
    ------
    InputError
        If the file is missing, empty, not of these kinds, or not a rectangular table with
        distinct column names.
    MissingExtraError
        If a Parquet file is asked for and pyarrow is not installed.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    _refuse_no_file(path)
    if suffix in _SEPARATORS:
        return _read_text(path, _SEPARATORS[suffix])
    if suffix == ".parquet":
        return _read_parquet(path)
    if suffix in _COMPRESSED:
        raise InputError(f"{path.name} is compressed. Unpack it first.")
    raise InputError(
        f"{path.name} must end in .csv, .tsv or .parquet. Received: {path.suffix!r}."
        " Save the table as .csv."
    )


def _refuse_no_file(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder. Name a file in it.")
    if not path.exists():
        folder = path.parent
        beside = [one.name for one in folder.iterdir()] if folder.is_dir() else []
        near = get_close_matches(path.name, beside, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else " Check the name and the folder."
        raise InputError(f"There is no file {str(path)!r}.{hint}")


def _read_text(path: Path, separator: str) -> pd.DataFrame:
    raw = _read_bytes(path).removeprefix(codecs.BOM_UTF8)
    text = _decoded(raw, path.name)
    lines = _record_lines(text, separator, path.name)
    frame = pd.read_csv(io.BytesIO(raw), sep=separator, index_col=False, low_memory=False)
    frame.columns = frame.columns.str.strip()
    frame.index = pd.Index(lines, name="line")
    return frame


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error


def _decoded(raw: bytes, name: str) -> str:
    if raw.startswith(_UTF16):
        raise InputError(f"{name} is encoded as UTF-16. Save it as UTF-8.")
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise InputError(
            f"{name}, line {line} holds a zero byte, so it is UTF-16 or not text. Save it as UTF-8."
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}, line {line} is not UTF-8: byte 0x{raw[error.start]:02x}. Save it as UTF-8."
        ) from error


def _record_lines(text: str, separator: str, name: str) -> array[int]:
    """Return the line at which each record after the header starts.

    pandas fills short lines silently and does not say where a record came from, hence this pass.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    width = 0
    lines = array("q")
    start = 1
    try:
        for fields in reader:
            if _is_blank(fields):
                pass
            elif not width:
                width = len(fields)
                _check_header(fields, separator, f"{name}, line {start}")
            elif len(fields) == width:
                lines.append(start)
            else:
                _refuse_ragged(f"{name}, line {start}", len(fields), width)
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{name}, line {start} cannot be split into fields: {error}. Check its quotes."
        ) from error
    if not width:
        raise InputError(f"{name} is empty. It needs a header line and rows.")
    if not lines:
        raise InputError(f"{name} has a header and no rows.")
    return lines


def _is_blank(fields: Sequence[str]) -> bool:
    return not fields or (len(fields) == 1 and fields[0].isspace())


def _check_header(fields: Sequence[str], separator: str, where: str) -> None:
    if len(fields) == 1:
        expected = "tabs" if separator == "\t" else "commas"
        raise InputError(
            f"{where} names a single column, {fields[0]!r}, and a table has features beside the "
            f"target. Separate the fields by {expected}."
        )
    _refuse_duplicates([field.strip() for field in fields], where)


def _refuse_duplicates(names: Sequence[str], where: str) -> None:
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        others = f" (and {len(twice) - 1:,} other names)" if len(twice) > 1 else ""
        raise InputError(
            f"{where} names the column {twice[0]!r} more than once{others}. Give every column a "
            "name of its own; a text file needs a header in its first line."
        )


def _refuse_ragged(where: str, found: int, expected: int) -> None:
    remedy = "Quote fields that hold a separator" if found > expected else "Complete the line"
    raise InputError(
        f"{where} has {found:,} field{'s' if found > 1 else ''} and the header has {expected:,}. "
        f"{remedy}."
    )


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("Reading a Parquet file", "pyarrow", "parquet") from error
    try:
        described = parquet.read_metadata(path)
        _refuse_bomb(described.num_rows * described.num_columns, path)
        schema = parquet.read_schema(path)
        _refuse_duplicates(schema.names, path.name)
        for field in schema:
            _refuse_nested(field, path.name)
        frame: pd.DataFrame = parquet.read_table(path).to_pandas(ignore_metadata=True)
    except InputError:
        raise
    # Arrow says what it finds by errors of every kind.
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        raise InputError(f"{path.name} cannot be read as Parquet: {reason}.") from error
    if frame.empty:
        raise InputError(f"{path.name} has no rows or no columns. Received: shape {frame.shape}.")
    return frame


def _refuse_bomb(cells: int, path: Path) -> None:
    unpacked, packed = _BYTES_OF_A_CELL * cells, path.stat().st_size
    if unpacked > max(_ALWAYS_ALLOWED, MOST_RATIO * packed):
        raise InputError(
            f"{path.name} unpacks from {packed:,} to at least {unpacked:,} bytes, more than "
            f"{MOST_RATIO} times as many. Write it without compression and dictionaries, or as .csv, "
            "if that is right."
        )


def _refuse_nested(field: pyarrow.Field, name: str) -> None:
    from pyarrow import BaseExtensionType, types

    extension = (field.metadata or {}).get(b"ARROW:extension:name")
    if isinstance(field.type, BaseExtensionType) or extension or types.is_nested(field.type):
        held = extension.decode() if extension else str(field.type)
        raise InputError(
            f"{name}: column {field.name!r} holds {held} values, which are neither numbers nor "
            "text. Write it as plain columns, or without this column."
        )
