r"""Moment scan: cross-products of each fold's rows, summed over blocks of rows out of memory.

Each piece has a shift of its own, the means of its first block. Sums about two shifts merge exactly up
to rounding (Chan's formula): with ``z = (x - a, t - b)``, n the sum of the weights, ``u = sum w z`` and
d the difference of the shifts,

``sum w (z + d)(z + d)' = sum w z z' + u d' + d u' + n d d'``.

Source: Chan, Golub and LeVeque (1983), "Algorithms for computing the sample variance: analysis and
recommendations".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.moments.moments import ClassSums
from bridle.rows.blocks.block import Block
from bridle.rows.hashed_folds import fold_of_groups, fold_of_rows
from bridle.rows.scan import BlockScan
from bridle.types import Array, IntArray

__all__ = ["FoldSums", "FoldsByHash", "MomentScan", "move_sums"]


@dataclass(frozen=True)
class FoldsByHash:
    """Folds by a hash of each row's number, or its group, and a seed.

    Attributes
    ----------
    count : int
        At least 1.
    seed : int
    """

    count: int
    seed: int

    def of(self, block: Block) -> IntArray:
        """Return the fold of each row of a block, -1 for a row of weight 0; shape (m,)."""
        if block.groups is None:
            folds = fold_of_rows(block.row_numbers, self.count, self.seed)
        else:
            folds = fold_of_groups(block.groups, self.count, self.seed)
        return folds if block.weights is None else np.where(block.weights > 0, folds, -1)


@dataclass
class FoldSums:
    """Sums over some rows, by fold; arrays of p + 1 columns hold the features and the target.

    Attributes
    ----------
    sums : ndarray of shape (folds, p + 2, p + 2)
        As in `ClassSums`.
    sizes : ndarray of shape (folds,)
        Number of rows of positive weight.
    additions : ndarray of shape (folds,)
        Longest chain of additions, which bounds the rounding errors.
    shift : ndarray of shape (p + 1,) or None
        Subtracted before multiplying; None while there are no rows.
    low, high : ndarray of shape (p + 1,)
        Smallest and largest value.
    """

    sums: Array
    sizes: IntArray
    additions: IntArray
    shift: Array | None
    low: Array
    high: Array

    @property
    def ranges(self) -> ColumnRanges:
        """Ranges of the features."""
        return ColumnRanges(self.low[:-1], self.high[:-1])

    def move(self, shift: Array) -> None:
        """Change the shift, of shape (p + 1,)."""
        assert self.shift is not None
        move_sums(self.sums, self.shift - shift)
        self.shift = shift

    def divided(self, scales: Array) -> FoldSums:
        """Return the sums for features divided by scales, shape (p,)."""
        assert self.shift is not None
        factors = np.append(1 / scales, 1.0)
        both = np.append(factors, 1.0)
        return replace(
            self,
            sums=self.sums * both[:, None] * both,
            shift=self.shift * factors,
            low=self.low * factors,
            high=self.high * factors,
        )

    def classes(self, shares: Array) -> ClassSums:
        """Return the sums for problems in which the folds have these shares, (folds, problems)."""
        assert self.shift is not None
        return ClassSums(shares, self.additions, self.sums, self.shift[:-1], float(self.shift[-1]))


def move_sums(sums: Array, by: Array) -> None:
    """Add ``by`` (p + 1,) to features and target in cross-products of shape (folds, p + 2, p + 2)."""
    if np.any(by != 0):
        for total in sums:
            first, weight = total[:-1, -1].copy(), total[-1, -1]
            mixed = np.outer(first + 0.5 * weight * by, by)
            total[:-1, :-1] += mixed + mixed.T
            total[:-1, -1] = first + weight * by


@dataclass(frozen=True, eq=False)
class MomentScan(BlockScan[FoldSums]):
    """Sums the cross-products of each fold.

    Attributes
    ----------
    n_features : int
    folds : FoldsByHash
    shift : ndarray of shape (p + 1,), optional
        Shift of all pieces. Default: the means of each piece's first block.
    """

    n_features: int
    folds: FoldsByHash
    shift: Array | None = None

    def empty(self) -> FoldSums:
        """Return the sums over no rows."""
        p, folds = self.n_features, self.folds.count
        return FoldSums(
            sums=np.zeros((folds, p + 2, p + 2)),
            sizes=np.zeros(folds, dtype=np.int64),
            additions=np.zeros(folds, dtype=np.int64),
            shift=None,
            low=np.full(p + 1, np.inf),
            high=np.full(p + 1, -np.inf),
        )

    def add(self, state: FoldSums, block: Block) -> None:
        """Add the rows of a block."""
        features, target = block.features, block.target
        assert target is not None
        if state.shift is None:
            own = np.append(features.mean(axis=0), target.mean())
            state.shift = own if self.shift is None else self.shift
        for held, find in ((state.low, np.minimum), (state.high, np.maximum)):
            find(held[:-1], find.reduce(features, axis=0), out=held[:-1])
            held[-1] = find(held[-1], find.reduce(target))
        shift, about = np.ascontiguousarray(state.shift[:-1]), target - state.shift[-1]
        folds, weights = self.folds.of(block), block.row_weights
        for fold in range(self.folds.count):
            index = np.flatnonzero(folds == fold)
            if index.size:
                _core.gram_of_rows(features, index, weights, about, shift, state.sums[fold])
                state.sizes[fold] += index.size
                state.additions[fold] += index.size

    def merge(self, left: FoldSums, right: FoldSums) -> FoldSums:
        """Return the sums of both, about the left one's shift."""
        if left.shift is None or right.shift is None:
            return right if left.shift is None else left
        right.move(left.shift)
        left.sums += right.sums
        left.sizes += right.sizes
        left.additions = np.maximum(left.additions, right.additions) + 1
        np.minimum(left.low, right.low, out=left.low)
        np.maximum(left.high, right.high, out=left.high)
        return left

    def to_arrays(self, state: FoldSums) -> Sequence[npt.NDArray[Any]]:
        """Return all arrays; the shift last, if there is one."""
        held = [state.sums, state.sizes, state.additions, state.low, state.high]
        return held if state.shift is None else [*held, state.shift]

    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> FoldSums:
        """Return the sums."""
        sums, sizes, additions, low, high, *shift = arrays
        return FoldSums(sums, sizes, additions, shift[0] if shift else None, low, high)
