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

from bridle.errors import InputError
from bridle.rows.blocks.batch_columns import MissingValueError, columns_of, labels_of
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.types import Array

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Block", "cut_blocks"]

# A block of features stays in the cache while it is summed.
_BYTES_PER_BLOCK = 1 << 22
# With fewer rows, adding p x p sums would cost more than multiplying.
_FEWEST_ROWS = 512


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
    size = max(_FEWEST_ROWS, _BYTES_PER_BLOCK // (8 * max(len(columns.features), 1)))
    held = np.empty((len(columns.numbers), size))
    scales = None if columns.scales is None else np.array(columns.scales)
    groups: list[Any] = []
    first, filled = piece.first, 0
    for batch in batches:
        given = columns_of(batch, columns, piece)
        ends = np.cumsum([column.width for column in given])
        labels = None if columns.group is None else labels_of(batch, columns.group, piece)
        begin = 0
        while begin < batch.num_rows:
            count = min(size - filled, batch.num_rows - begin)
            rows = held[:, filled : filled + count]
            for column, end in zip(given, ends, strict=True):
                column.write(slice(begin, begin + count), rows[end - column.width : end])
            if scales is not None:
                rows[: len(scales)] /= scales[:, None]
            if labels is not None:
                groups.extend(labels[begin : begin + count])
            begin, filled = begin + count, filled + count
            if filled == size:
                yield _block(held, groups, columns, piece, first)
                first, filled, groups = first + size, 0, []
    if filled:
        yield _block(held[:, :filled], groups, columns, piece, first)


def _block(held: Array, groups: list[Any], columns: UsedColumns, piece: Piece, first: int) -> Block:
    # If the sum is finite, every value is. The converse may fail by overflow, so that values are then
    # checked singly; to check all of them always would cost more.
    with np.errstate(invalid="ignore", over="ignore"):
        doubtful = np.flatnonzero(~np.isfinite(held.sum(axis=1)))
    for number in doubtful:
        bad = np.flatnonzero(~np.isfinite(held[number]))
        if bad.size:
            kind = MissingValueError if np.isnan(held[number, bad[0]]) else InputError
            raise kind(
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
