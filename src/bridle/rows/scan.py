"""Scan: a sum over all rows, made of sums over blocks that merge in a fixed tree.

Every engine sums each piece from its first block to its last, and merges the sums of neighbouring
pieces pairwise: ``((0 1) (2 3)) (4 5)``. The order of all additions is fixed by the pieces alone.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.rows.blocks.block import Block, cut_blocks
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "AdditiveScan",
    "BlockScan",
    "MergeTree",
    "Scan",
    "from_bytes",
    "merge_pairs",
    "scan_piece",
    "to_bytes",
]

State = TypeVar("State")


class Scan(ABC, Generic[State]):
    """A function of rows whose results merge. It is pickled and sent to the rows' workers."""

    @abstractmethod
    def empty(self) -> State:
        """Return the sum over no rows."""

    @abstractmethod
    def add_piece(
        self, state: State, batches: Iterable[pa.RecordBatch], columns: UsedColumns, piece: Piece
    ) -> None:
        """Add the rows of a piece to a sum."""

    @abstractmethod
    def merge(self, left: State, right: State) -> State:
        """Return the sum over the rows of both; ``left``'s come first. Either may be changed."""

    @abstractmethod
    def to_arrays(self, state: State) -> Sequence[npt.NDArray[Any]]:
        """Return the arrays of a sum, to be sent from one process to another."""

    @abstractmethod
    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> State:
        """Return the sum whose arrays `to_arrays` returned."""


class BlockScan(Scan[State], ABC):
    """A scan of blocks of numbers."""

    @abstractmethod
    def add(self, state: State, block: Block) -> None:
        """Add the rows of a block to a sum."""

    def add_piece(
        self, state: State, batches: Iterable[pa.RecordBatch], columns: UsedColumns, piece: Piece
    ) -> None:
        """Add the rows of a piece, block by block."""
        for block in cut_blocks(batches, columns, piece):
            _core.check()
            self.add(state, block)


class AdditiveScan(BlockScan[State], ABC):
    """A scan whose sums merge by adding their arrays, each in place of the first sum's."""

    def merge(self, left: State, right: State) -> State:
        """Return the sum over the rows of both."""
        for mine, other in zip(self.to_arrays(left), self.to_arrays(right), strict=True):
            mine += other
        return left


def scan_piece(
    scan: Scan[State], batches: Iterable[pa.RecordBatch], columns: UsedColumns, piece: Piece
) -> State:
    """Return the sum over the rows of a piece."""
    state = scan.empty()
    scan.add_piece(state, batches, columns, piece)
    return state


class MergeTree(Generic[State]):
    """Sums of pieces that arrive in order; two sums of equally many pieces are merged at once.

    At most one sum of each size waits, so N pieces need room for ``log2 N`` sums.

    Parameters
    ----------
    merge : callable
        `Scan.merge`.
    """

    def __init__(self, merge: Callable[[State, State], State]) -> None:
        self._merge = merge
        self._waiting: list[tuple[int, State]] = []

    def add(self, state: State) -> None:
        """Add the sum of the next piece."""
        size = 1
        while self._waiting and self._waiting[-1][0] == size:
            state = self._merge(self._waiting.pop()[1], state)
            size *= 2
        self._waiting.append((size, state))

    def total(self) -> State | None:
        """Return the sum of all pieces; None if there are no pieces."""
        if not self._waiting:
            return None
        state = self._waiting[-1][1]
        for _, earlier in reversed(self._waiting[:-1]):
            state = self._merge(earlier, state)
        return state


def to_bytes(scan: Scan[State], state: State) -> bytes:
    """Return a sum as bytes, in NumPy's format."""
    written = io.BytesIO()
    np.savez(written, *scan.to_arrays(state))
    return written.getvalue()


def from_bytes(scan: Scan[State], written: bytes) -> State:
    """Return the sum that `to_bytes` wrote."""
    with np.load(io.BytesIO(written), allow_pickle=False) as arrays:
        return scan.of_arrays([arrays[f"arr_{k}"] for k in range(len(arrays.files))])


def merge_pairs(merge: Callable[[State, State], State], states: Sequence[State]) -> list[State]:
    """Merge neighbours, one level of the tree; an odd last sum moves up unchanged."""
    pairs = [merge(*states[k : k + 2]) for k in range(0, len(states) - 1, 2)]
    return pairs if len(states) % 2 == 0 else [*pairs, states[-1]]
