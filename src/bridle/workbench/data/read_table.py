"""Reading of a table from a file, with errors that name file, line and column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from pathlib import Path, PurePath

import pandas as pd

from bridle.errors import InputError
from bridle.workbench.data.read_file.asked_encoding import refuse_encoding
from bridle.workbench.data.read_file.compression import COMPRESSED, unpacked
from bridle.workbench.data.read_file.parquet import read_parquet
from bridle.workbench.data.read_file.sampled_lines import sampled_lines
from bridle.workbench.data.read_file.text import SUFFIXES, read_text

__all__ = ["TableFile", "read_table", "read_table_file", "read_table_sample", "refuse_no_file"]


@dataclass(frozen=True)
class TableFile:
    """A table and notes on how its file was read.

    Attributes
    ----------
    frame : DataFrame
        For a text file, its index is the line number, named ``"line"``, for messages; for Parquet
        it starts from 0.
    notes : tuple of str
        Sentences on assumptions made.
    comma : bool
        Whether numbers have decimal commas.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    comma: bool = False


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Return the table of `read_table_file`."""
    return read_table_file(path).frame


def read_table_file(path: str | PathLike[str], encoding: str | None = None) -> TableFile:
    """Read a table.

    Parameters
    ----------
    path : str or path
        A ``.csv``, ``.tsv``, ``.tab``, ``.txt``, ``.dat`` or ``.data`` file with a header in its
        first line, or a ``.parquet`` file. Text is UTF-8, UTF-16 or UTF-32 with a byte-order mark,
        or otherwise Windows-1252, and may be packed as ``.gz``, ``.bz2``, ``.xz``, ``.zst`` or
        ``.zip``. The separators are commas, semicolons, tabs, vertical bars or blanks. Empty fields
        are missing; words such as NA remain text, see `bridle.workbench.columns.missing_words`.
    encoding : str, optional
        That of a text file, by a name that Python knows, such as "gbk". Default: found as above.

    Raises
    ------
    InputError
        The file is missing, empty, of another kind, not a rectangular table with distinct column
        names, or can be read in two ways; or the encoding is not that of the file.
    MissingExtraError
        The file is Parquet or ``.zst``, and pyarrow is not installed.
    """
    path = Path(path)
    refuse_no_file(path)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        refuse_encoding(path, encoding)
        return TableFile(*read_parquet(path))
    if suffix not in COMPRESSED and suffix not in SUFFIXES:
        raise InputError(
            f"{path.name} must end in {', '.join(SUFFIXES)} or .parquet, or text packed as "
            f"{', '.join(sorted(COMPRESSED))}. Received: {path.suffix!r}. Save the table as .csv."
        )
    found = unpacked(path)
    inner = PurePath(found.name).suffix.lower()
    if inner and inner not in SUFFIXES:
        raise InputError(f"{path.name} holds {found.name!r}, which is not text. Unpack it first.")
    return TableFile(*read_text(found, path.name, encoding))


def read_table_sample(
    path: str | PathLike[str], enough: Callable[[int], int], encoding: str | None = None
) -> tuple[TableFile, int | None]:
    """Read rows of a large text table, drawn at random, or all rows of another table.

    Parameters
    ----------
    path : str or path
        See `read_table_file`.
    enough : callable
        Maps the number of columns to the number of rows to draw.
    encoding : str, optional
        See `read_table_file`.

    Returns
    -------
    table : TableFile
    total : int or None
        The number of rows in the file; None if all of them were read.

    Raises
    ------
    InputError, MissingExtraError
        See `read_table_file`.
    """
    path = Path(path)
    refuse_no_file(path)
    suffix = path.suffix.lower()
    if suffix in SUFFIXES or suffix in COMPRESSED:
        drawn = sampled_lines(path, enough, encoding=encoding)
        if drawn is not None:
            found, total = drawn
            return TableFile(*read_text(found, path.name)), total
    return read_table_file(path, encoding), None


def refuse_no_file(path: Path) -> None:
    """Refuse a path at which there is no file, and suggest a file with a similar name.

    Raises
    ------
    InputError
        The path is a folder, or does not exist.
    """
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder. Name a file in it.")
    if not path.exists():
        folder = path.parent
        beside = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        near = get_close_matches(path.name, beside, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else " Check the name and the folder."
        raise InputError(f"There is no file {str(path)!r}.{hint}")
