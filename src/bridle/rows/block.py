"""Block: a few thousand rows in memory, and the cutting of Arrow batches into blocks.

The blocks of a piece do not depend on how its rows arrive: batches of any size are cut anew. So a sum
over the rows has the same bits whichever engine reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bridle.errors import DataTypeError, InputError
from bridle.rows.used_columns import UsedColumns
from bridle.types import Array

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Block", "Piece", "cut_blocks", "refuse_types"]


# A block of features stays in the cache while it is summed.
_BYTES_PER_BLOCK = 1 << 22
# With fewer rows, adding p x p sums would cost more than multiplying.
_FEWEST_ROWS = 512


@dataclass(frozen=True)
class Piece:
    """Rows that one task reads: a row group of a file, or a partition.

    Attributes
    ----------
    place : str
        Name of the file, row group or partition, for messages.
    first : int
        Number of the first row among all rows.
    """

    place: str
    first: int


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive rows of a piece. The arrays are valid until the next block is cut.

    Attributes
    ----------
    piece : Piece
    first : int
        Number of the first row among all rows.
    features : ndarray of shape (m, p)
        In Fortran order.
    target, weights : ndarray of shape (m,) or None
    groups : list of m values or None
    """

    piece: Piece
    first: int
    features: Array
    target: Array | None
    weights: Array | None
    groups: list[Any] | None

    @property
    def row_weights(self) -> Array:
        """The weights, or ones; shape (m,)."""
        return np.ones(len(self.features)) if self.weights is None else self.weights

    @property
    def row_numbers(self) -> npt.NDArray[np.uint64]:
        """Number of each row among all rows, shape (m,)."""
        return np.arange(self.first, self.first + len(self.features), dtype=np.uint64)


def cut_blocks(
    batches: Iterable[pa.RecordBatch], columns: UsedColumns, piece: Piece
) -> Iterator[Block]:
    """Cut the rows of a piece into blocks of equal size; the last block has the remainder.

    Raises
    ------
    DataTypeError
        A column does not hold numbers.
    InputError
        A column is missing, or holds missing or infinite values; or a weight is negative.
    """
    numbers = columns.numbers
    size = max(_FEWEST_ROWS, _BYTES_PER_BLOCK // (8 * max(len(columns.features), 1)))
    held = np.empty((len(numbers), size))
    groups: list[Any] = []
    first, filled = piece.first, 0
    for batch in batches:
        arrays = [_numbers(batch, name, piece) for name in numbers]
        labels = None if columns.group is None else _labels(batch, columns.group, piece)
        begin = 0
        while begin < batch.num_rows:
            count = min(size - filled, batch.num_rows - begin)
            for row, values in zip(held, arrays, strict=True):
                row[filled : filled + count] = values[begin : begin + count]
            if labels is not None:
                groups.extend(labels[begin : begin + count])
            begin, filled = begin + count, filled + count
            if filled == size:
                yield _block(held, groups, columns, piece, first)
                first, filled, groups = first + size, 0, []
    if filled:
        yield _block(held[:, :filled], groups, columns, piece, first)


def refuse_types(schema: pa.Schema, columns: UsedColumns, place: str) -> None:
    """Raise an error if a column is missing from a schema or does not hold numbers.

    Parameters
    ----------
    schema : pyarrow.Schema
    columns : UsedColumns
    place : str
        Name of the file or stream, for the message.

    Raises
    ------
    InputError
        A column is missing.
    DataTypeError
        A column does not hold numbers.
    """
    import pyarrow.types as kinds

    for name in columns.names:
        index = schema.get_field_index(name)
        if index < 0:
            raise InputError(
                f"{place} must have the columns of the others. Received: no column {name!r}."
            )
        held = schema.field(index).type
        number = (
            kinds.is_integer,
            kinds.is_floating,
            kinds.is_boolean,
            kinds.is_decimal,
            kinds.is_null,
        )
        if name != columns.group and not any(test(held) for test in number):
            raise DataTypeError(
                f"Column {name!r} must hold numbers. Received: {held} in {place}. Encode it, or leave "
                "the column out."
            )


def _numbers(batch: pa.RecordBatch, name: str, piece: Piece) -> npt.NDArray[Any]:
    """Return a column as an array; an integer column becomes float64 when it is copied into a block."""
    index = batch.schema.get_field_index(name)
    if index < 0:
        raise InputError(
            f"{piece.place} must have the columns of the others. Received: no column {name!r}."
        )
    column = batch.column(index)
    if column.null_count:
        raise InputError(
            f"Column {name!r} must hold finite numbers. Received: {column.null_count:,} missing values "
            f"in {piece.place}. Fill them in, or leave the rows or the column out."
        )
    try:
        values = column.to_numpy(zero_copy_only=False)
        return values if values.dtype.kind in "biuf" else values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataTypeError(
            f"Column {name!r} must hold numbers. Received: {column.type} in {piece.place}. Encode it, "
            "or leave the column out."
        ) from error


def _labels(batch: pa.RecordBatch, name: str, piece: Piece) -> list[Any]:
    column = batch.column(batch.schema.get_field_index(name))
    if column.null_count:
        raise InputError(
            f"groups must hold a label for each row. Received: {column.null_count:,} missing values in "
            f"column {name!r} in {piece.place}."
        )
    return list(column.to_pylist())


def _block(held: Array, groups: list[Any], columns: UsedColumns, piece: Piece, first: int) -> Block:
    # If the sum is finite, every value is. The converse may fail by overflow, so that values are then
    # checked singly; to check all of them always would cost more.
    with np.errstate(invalid="ignore", over="ignore"):
        doubtful = np.flatnonzero(~np.isfinite(held.sum(axis=1)))
    for number in doubtful:
        bad = np.flatnonzero(~np.isfinite(held[number]))
        if bad.size:
            raise InputError(
                f"Column {columns.numbers[number]!r} must hold finite numbers. Received: "
                f"{held[number, bad[0]]} in {piece.place}, row {first - piece.first + bad[0]:,}."
            )
    p = len(columns.features)
    weights = held[-1] if columns.weight is not None else None
    if weights is not None and weights.min() < 0:
        row = int(np.argmin(weights))
        raise InputError(
            f"sample_weight must be at least 0. Received: {weights[row]} in column {columns.weight!r} "
            f"in {piece.place}, row {first - piece.first + row:,}."
        )
    return Block(
        piece,
        first,
        held[:p].T,
        held[p] if columns.target is not None else None,
        weights,
        groups if columns.group is not None else None,
    )
