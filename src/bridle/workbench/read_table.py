"""Read a table from a file: what is not a table is refused by file, line and column."""

from __future__ import annotations

import csv
import io
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bridle.archive import MOST_RATIO
from bridle.errors import InputError, MissingExtraError
from bridle.workbench.table_text import COMPRESSED, TableText, unpacked

if TYPE_CHECKING:
    import pyarrow

__all__ = ["TableFile", "read_table", "read_table_file"]

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": ","}
_BYTES_OF_A_CELL = 8
_ALWAYS_ALLOWED = 2**30
"""So many bytes may come from a Parquet file of any size."""
_ROW_NAMES = "rownames"


@dataclass(frozen=True)
class TableFile:
    """A table, and how its file was read.

    Attributes
    ----------
    frame : DataFrame
        Indexed by line number, under the name ``"line"``, for a text file, so that messages can
        name the line; from 0 for Parquet.
    notes : tuple of str
        Sentences on what was assumed.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Return the table of `read_table_file`."""
    return read_table_file(path).frame


def read_table_file(path: str | PathLike[str]) -> TableFile:
    """Read a table.

    Parameters
    ----------
    path : str or path
        A ``.csv``, ``.tsv`` or ``.txt`` file with a header in its first line, or a ``.parquet``
        file. Text is UTF-8, UTF-16 with its mark, or else Windows-1252, perhaps packed as ``.gz``,
        ``.bz2``, ``.xz`` or ``.zip``. Fields are separated by commas, semicolons, tabs or bars.
        Empty fields and the words that pandas takes for missing (NA, NaN, None, null, …) are
        missing.

    Raises
    ------
    InputError
        If the file is missing, empty, not of these kinds, or not a rectangular table with
        distinct column names.
    MissingExtraError
        If a Parquet file is asked for and pyarrow is not installed.
    """
    path = Path(path)
    _refuse_no_file(path)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return TableFile(_read_parquet(path))
    if suffix in COMPRESSED:
        suffix = Path(path.stem).suffix.lower() if suffix != ".zip" else ".csv"
        if path.suffix.lower() == ".zst" or suffix not in _SEPARATORS:
            raise InputError(f"{path.name} is packed in a way that is not read. Unpack it first.")
    if suffix in _SEPARATORS:
        return _read_text(path)
    raise InputError(
        f"{path.name} must end in .csv, .tsv, .txt or .parquet, or these packed as .gz, .bz2, .xz or "
        f".zip. Received: {path.suffix!r}. Save the table as .csv."
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


def _read_text(path: Path) -> TableFile:
    raw, inner = unpacked(path)
    usual = _SEPARATORS.get(Path(inner).suffix.lower(), ",")
    found = TableText.of(raw, usual, path.name)
    shape = _Shape.of(found, path.name)
    names = shape.names()
    frame = pd.read_csv(
        io.StringIO(found.text),
        sep=found.separator,
        header=0,
        names=[*names, ""] if shape.empty_end else names,
        usecols=range(len(names)),
        index_col=False,
        low_memory=False,
    )
    frame.index = pd.Index(shape.lines, name="line")
    return TableFile(frame, (*found.notes, *shape.notes))


@dataclass
class _Shape:
    """What one pass over the records finds.

    pandas fills short lines silently and does not say where a record came from, hence this pass.

    Attributes
    ----------
    lines : array of int
        The line at which each record after the header starts.
    header : list of str
    row_names : bool
        Whether records have one field more than the header, as R writes its row names.
    empty_end : bool
        Whether each record ends in a separator.
    """

    header: list[str] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    row_names: bool = False
    empty_end: bool = False
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: TableText, name: str) -> _Shape:
        shape, start = cls(), 1
        first: dict[int, int] = {}
        ends_empty = True
        limit = csv.field_size_limit(sys.maxsize)
        reader = csv.reader(
            io.StringIO(found.text, newline=""), delimiter=found.separator, strict=True
        )
        try:
            for fields in reader:
                if _is_blank(fields):
                    pass
                elif not shape.header:
                    shape.header = fields
                    _check_header(fields, f"{name}, line {start}")
                else:
                    first.setdefault(len(fields), start)
                    ends_empty &= not fields[-1].strip()
                    shape.lines.append(start)
                start = reader.line_num + 1
        except csv.Error as error:
            raise InputError(
                f"{name}, line {start} cannot be split into fields: {error}. Check its quotes."
            ) from error
        finally:
            csv.field_size_limit(limit)
        shape._settle(first, ends_empty, name)
        return shape

    def _settle(self, first: dict[int, int], ends_empty: bool, name: str) -> None:
        """Say what records have beside the header's fields; refuse those that have not the same."""
        width = len(self.header)
        if not width:
            raise InputError(f"{name} is empty. It needs a header line and rows.")
        if not self.lines:
            raise InputError(f"{name} has a header and no rows.")
        unnamed = not self.header[-1].strip()
        if (set(first) == {width} and unnamed and ends_empty) or (
            set(first) == {width + 1} and ends_empty
        ):
            self.empty_end = True
            self.notes = (f"Each line of {name} ends in a separator, which is left out.",)
        elif set(first) == {width + 1}:
            self.row_names = True
            self.notes = (
                f"The rows of {name} have one field more than its header: the first is taken for names "
                f"of the rows, as R writes them, and called {_ROW_NAMES!r}.",
            )
        else:
            for found, line in sorted(first.items(), key=lambda one: one[1]):
                if found != width:
                    _refuse_ragged(f"{name}, line {line}", found, width)

    def names(self) -> list[str]:
        """Return a name for each field that is read; the last field of a record may have none."""
        named = [_ROW_NAMES, *self.header] if self.row_names else self.header
        unnamed = self.empty_end and not self.header[-1].strip()
        kept = named[:-1] if unnamed else named
        return [one.strip() or f"Unnamed: {place}" for place, one in enumerate(kept)]


def _is_blank(fields: Sequence[str]) -> bool:
    return not fields or (len(fields) == 1 and fields[0].isspace())


def _check_header(fields: Sequence[str], where: str) -> None:
    if len(fields) == 1:
        raise InputError(
            f"{where} names a single column, {fields[0]!r}, and a table has features beside the "
            "target. Separate the fields by commas, semicolons, tabs or bars."
        )
    _refuse_duplicates([one.strip() for one in fields], where)


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
