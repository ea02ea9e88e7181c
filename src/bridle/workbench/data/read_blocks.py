"""Reading of a table block by block, so that it may be larger than memory.

The head of a text file determines its separator, quotes and header, as `read_table` would find them from
the whole file. Each block after it is read in the same way, and ends with a record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path

import pandas as pd

from bridle.errors import InputError
from bridle.workbench.data.read_file.asked_encoding import refuse_encoding
from bridle.workbench.data.read_file.compression import COMPRESSED, opened
from bridle.workbench.data.read_file.decoded_pieces import decoded_pieces
from bridle.workbench.data.read_file.parquet import parquet_blocks
from bridle.workbench.data.read_file.text import SUFFIXES, fields_of_any_length
from bridle.workbench.data.read_file.text_head import TextHead
from bridle.workbench.data.read_table import refuse_no_file

__all__ = ["TableBlocks", "read_blocks"]

_BYTES_OF_A_ROW = 128
"""Assumed bytes of a row as text, so that a Parquet block has about as many rows as one of text."""


@dataclass(frozen=True)
class TableBlocks:
    """A table that is read block by block.

    Attributes
    ----------
    names : tuple of str
        Names of all columns.
    blocks : callable
        Takes the names of the wanted columns, and of those among them whose text is not converted.
        Returns an iterator of functions, each of which returns a table, in any thread, indexed as by
        `read_table_file`.
    notes : list of str
        Sentences on how the bytes were read; complete after the last block.
    """

    names: tuple[str, ...]
    blocks: Callable[[Collection[str], Collection[str]], Iterator[Callable[[], pd.DataFrame]]]
    notes: list[str] = field(default_factory=list)


def read_blocks(
    path: str | PathLike[str], size: int = 2**23, encoding: str | None = None
) -> TableBlocks:
    """Open a table that `bridle.workbench.data.read_table.read_table_file` could read.

    Parameters
    ----------
    path : str or path
    size : int
        Approximate bytes of text in a block, which has at least one record. Default 8 MB.
    encoding : str, optional
        See `read_table_file`.

    Raises
    ------
    InputError
        See `read_table_file`; faults in a later block are found when that is read.
    MissingExtraError
        The file is Parquet or ``.zst``, and pyarrow is not installed.
    """
    path = Path(path)
    refuse_no_file(path)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        refuse_encoding(path, encoding)
        names, blocks = parquet_blocks(path, max(1, size // _BYTES_OF_A_ROW))
        return TableBlocks(names, lambda wanted, as_text: map(_given, blocks(wanted)))
    if suffix not in COMPRESSED and suffix not in SUFFIXES:
        raise InputError(
            f"{path.name} must end in {', '.join(SUFFIXES)} or .parquet, or text packed as "
            f"{', '.join(sorted(COMPRESSED))}. Received: {path.suffix!r}. Save the table as .csv."
        )
    notes: list[str] = []
    pieces = _pieces(path, size, encoding, notes)
    with fields_of_any_length():
        head = TextHead.of(path, pieces)
    return TableBlocks(
        tuple(head.records.names()),
        partial(head.blocks, pieces, size),
        notes,
    )


def _given(frame: pd.DataFrame) -> Callable[[], pd.DataFrame]:
    return lambda: frame


def _pieces(path: Path, size: int, encoding: str | None, notes: list[str]) -> Iterator[bytes]:
    with opened(path) as (file, _, packed):
        notes += packed
        yield from decoded_pieces(file, size, path.name, notes, encoding)
