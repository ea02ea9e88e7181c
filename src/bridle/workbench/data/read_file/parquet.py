"""Reading of a Parquet table, without an unnamed index of pandas."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bridle.errors import InputError, MissingExtraError
from bridle.files.archive import MOST_RATIO
from bridle.workbench.data.read_file.refusals import refuse_duplicates

if TYPE_CHECKING:
    import pyarrow

__all__ = ["parquet_blocks", "read_parquet"]

_BYTES_OF_A_CELL = 8
_ALWAYS_ALLOWED = 2**30
"""Bytes that a Parquet file of any size may unpack to."""
_INDEX = re.compile(r"^__index_level_[0-9]+__$")


def read_parquet(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table in a Parquet file, and notes on assumptions.

    Raises
    ------
    InputError
        The file is damaged, unpacks to far more than its size, has columns that are neither numbers
        nor text, or no rows.
    MissingExtraError
        pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("Reading a Parquet file", "pyarrow", "parquet") from error
    try:
        described = parquet.read_metadata(path)
        _refuse_bomb(described.num_rows * described.num_columns, path)
        schema = parquet.read_schema(path)
        refuse_duplicates(schema.names, path.name)
        index = [name for name in schema.names if _INDEX.match(name)]
        columns = [field for field in schema if field.name not in index]
        for column in columns:
            _refuse_nested(column, path.name)
        names = [column.name for column in columns]
        frame: pd.DataFrame = parquet.read_table(path, columns=names).to_pandas(
            ignore_metadata=True
        )
    except InputError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error
    if frame.empty:
        raise InputError(f"{path.name} has no rows or no columns. Received: shape {frame.shape}.")
    return frame, tuple(
        f"Column {name!r} of {path.name} is an index of pandas without a name, and is left out."
        for name in index
    )


def parquet_blocks(
    path: Path, rows: int
) -> tuple[tuple[str, ...], Callable[[Collection[str]], Iterator[pd.DataFrame]]]:
    """Return the names of a Parquet file's columns, and a function that yields blocks of some columns.

    Parameters
    ----------
    path : Path
    rows : int
        Largest number of rows of a block.

    Raises
    ------
    InputError, MissingExtraError
        See `read_parquet`.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("Reading a Parquet file", "pyarrow", "parquet") from error
    try:
        file = parquet.ParquetFile(path)
        _refuse_bomb(file.metadata.num_rows * file.metadata.num_columns, path)
        schema = file.schema_arrow
    except InputError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error
    refuse_duplicates(schema.names, path.name)

    def blocks(wanted: Collection[str]) -> Iterator[pd.DataFrame]:
        columns = [name for name in schema.names if name in set(wanted)]
        for column in columns:
            _refuse_nested(schema.field(column), path.name)
        first = 0
        try:
            for batch in file.iter_batches(rows, columns=columns):
                frame = batch.to_pandas(ignore_metadata=True)
                frame.index = pd.RangeIndex(first, first + batch.num_rows)
                first += batch.num_rows
                yield frame
        except GeneratorExit:
            raise
        except Exception as error:
            raise _unreadable(path, error) from error

    return tuple(schema.names), blocks


def _unreadable(path: Path, error: Exception) -> InputError:
    # Arrow says what it finds by errors of every kind.
    reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    return InputError(f"{path.name} cannot be read as Parquet: {reason}.")


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
