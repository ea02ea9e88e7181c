"""Columns of a batch of rows, written to blocks: numbers, and levels of categories as 0 and 1."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.callers import level_of_user
from bridle.encoding.levels import MISSING, Levels, level_text
from bridle.errors import DataTypeError, DataWarning, InputError
from bridle.readings.plain_text import are_plain
from bridle.rows.blocks.column_types import is_text
from bridle.rows.blocks.made_columns import Filled, MadeColumn, Relabelled
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.types import Array, Index

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "BatchColumn",
    "MissingValueError",
    "column_in",
    "columns_of",
    "floats_of",
    "labels_of",
    "texts_in",
]


class MissingValueError(InputError):
    """A number is missing."""


@dataclass(frozen=True, eq=False)
class _Numbers:
    """A column of n numbers, written as it is."""

    values: npt.NDArray[Any]
    width = 1

    def write(self, some: slice, out: Array) -> None:
        """Write some rows to ``out``, of shape (1, rows)."""
        out[0] = self.values[some]


@dataclass(frozen=True, eq=False)
class _Indicators:
    """A column of categories, written as a column of 0 and 1 for each level.

    Attributes
    ----------
    codes : ndarray of int of shape (n,)
        Place of each row's level; -1 for another level, whose row is 0 in all columns.
    width : int
    """

    codes: Index
    width: int

    def write(self, some: slice, out: Array) -> None:
        """Write some rows to ``out``, of shape (width, rows)."""
        codes = self.codes[some]
        known = np.flatnonzero(codes >= 0)
        out[:] = 0.0
        out[codes[known], known] = 1.0


BatchColumn = _Numbers | _Indicators


def columns_of(batch: pa.RecordBatch, columns: UsedColumns, piece: Piece) -> list[BatchColumn]:
    """Return the columns of a batch from which those of blocks are made.

    Raises
    ------
    DataTypeError
        A column does not hold numbers.
    InputError
        A column is missing, or numbers are.
    """
    return [_made(batch, source, piece) for source in columns.sources]


def texts_in(column: pa.Array) -> tuple[list[str], Index]:
    """Return the distinct texts of a column, and the place among them of each row's, shape (n,).

    The place of a missing value is the number of texts.
    """
    import pyarrow.types as kinds

    held = column if kinds.is_dictionary(column.type) else column.dictionary_encode()
    distinct = held.dictionary.to_pylist()
    texts = list(dict.fromkeys(level_text(value) for value in distinct if value is not None))
    place = {text: number for number, text in enumerate(texts)}
    lookup = [len(texts) if value is None else place[level_text(value)] for value in distinct]
    indices = held.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return texts, np.array([*lookup, len(texts)], dtype=np.intp)[indices]


def labels_of(batch: pa.RecordBatch, name: str, piece: Piece) -> list[Any]:
    """Return the values of a column of groups.

    Raises
    ------
    InputError
        Some are missing.
    """
    column = batch.column(batch.schema.get_field_index(name))
    if column.null_count:
        raise InputError(
            f"groups must hold a label for each row. Received: {column.null_count:,} missing values in "
            f"column {name!r} in {piece.place}."
        )
    return list(column.to_pylist())


def column_in(batch: pa.RecordBatch, name: str, piece: Piece) -> pa.Array:
    """Return a column of a batch.

    Raises
    ------
    InputError
        It is missing.
    """
    index = batch.schema.get_field_index(name)
    if index < 0:
        raise InputError(
            f"{piece.place} must have the columns of the others. Received: no column {name!r}."
        )
    return batch.column(index)


def floats_of(column: pa.Array, name: str, piece: Piece) -> Array:
    """Return numbers or truth values, NaN where they are missing; shape (n,).

    Raises
    ------
    DataTypeError
        The column holds other values.
    """
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_boolean(column.type) or kinds.is_null(column.type):
        column = column.cast(pa.float64())
    try:
        if kinds.is_decimal(column.type):
            values = column.to_pylist()
            return np.array([np.nan if value is None else float(value) for value in values])
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise _no_numbers(column, name, piece) from error


def _made(batch: pa.RecordBatch, source: MadeColumn, piece: Piece) -> BatchColumn:
    if isinstance(source, str):
        return _Numbers(_numbers(batch, source, piece))
    if isinstance(source, Levels):
        return _indicators(batch, source, piece, {})
    if isinstance(source, Relabelled):
        return _indicators(batch, source.levels, piece, source.labels)
    values = floats_of(column_in(batch, source.column, piece), source.column, piece)
    gaps = np.isnan(values)
    return _Numbers(np.where(gaps, source.fill, values) if isinstance(source, Filled) else gaps)


def _numbers(batch: pa.RecordBatch, name: str, piece: Piece) -> npt.NDArray[Any]:
    """Return a column as an array; an integer column becomes float64 when it is copied into a block."""
    column = column_in(batch, name, piece)
    missing = column.null_count
    if is_text(column.type):
        texts, places = texts_in(column)
        if not are_plain(texts):
            raise _no_numbers(column, name, piece)
        missing = np.count_nonzero(places == len(texts))
    if missing:
        raise MissingValueError(
            f"Column {name!r} must hold finite numbers. Received: {missing:,} missing values "
            f"in {piece.place}. Fill them in, or leave the rows or the column out."
        )
    if is_text(column.type):
        return np.array([float(text) for text in texts])[places]
    try:
        values = column.to_numpy(zero_copy_only=False)
        return values if values.dtype.kind in "biuf" else values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise _no_numbers(column, name, piece) from error


def _no_numbers(column: pa.Array, name: str, piece: Piece) -> DataTypeError:
    return DataTypeError(
        f"Column {name!r} must hold numbers. Received: {column.type} in {piece.place}. Encode it, "
        "or leave the column out."
    )


def _indicators(
    batch: pa.RecordBatch, levels: Levels, piece: Piece, labels: Mapping[str, str | None]
) -> _Indicators:
    texts, places = texts_in(column_in(batch, levels.column, piece))
    place = {level: number for number, level in enumerate(levels.own)}
    others = len(levels.own) if levels.rest else -1
    meant = [*(labels.get(text, text) for text in texts), None]
    found = [place.get(MISSING if label is None else label, others) for label in meant]
    codes = np.array(found, dtype=np.intp)[places]
    unknown = np.flatnonzero(codes < 0)
    if unknown.size:
        number = places[unknown[0]]
        level = MISSING if number == len(texts) else repr(texts[number])
        warnings.warn(
            f"Column {levels.column!r} of X has {level} in {piece.place}, which no row of the fit has "
            f"({unknown.size:,} such rows at once). Such a row has 0 for all levels of the column.",
            DataWarning,
            stacklevel=level_of_user(),
        )
    return _Indicators(codes, len(levels.names))
