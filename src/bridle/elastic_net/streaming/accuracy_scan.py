"""Accuracy scan: the weight of the rows whose label a model of two classes predicts correctly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.rows.blocks.block import Block
from bridle.rows.row_source import RowSource
from bridle.rows.scan import AdditiveScan
from bridle.types import Array

__all__ = ["accuracy_of_rows"]


def accuracy_of_rows(
    source: RowSource, labels: npt.NDArray[Any], coef: Array, intercept: float
) -> float:
    """Return the weighted accuracy on rows that are not in memory, in one scan.

    Parameters
    ----------
    source : RowSource
    labels : ndarray of shape (2,)
        Numbers.
    coef : ndarray of shape (p,)
    intercept : float
    """
    right, total = source.scan(_AccuracyScan(labels, coef, intercept), lambda share: None)
    return float(right / total)


@dataclass(frozen=True, eq=False)
class _AccuracyScan(AdditiveScan[Array]):
    """Sums the weights of correctly predicted rows, and of all rows."""

    labels: npt.NDArray[Any]
    coef: Array
    intercept: float

    def empty(self) -> Array:
        """Return the sums over no rows."""
        return np.zeros(2)

    def add(self, state: Array, block: Block) -> None:
        """Add the rows of a block."""
        eta = block.features @ self.coef + self.intercept
        right = self.labels[(eta > 0).astype(np.intp)] == block.target
        state += block.row_weights[right].sum(), block.row_weights.sum()

    def to_arrays(self, state: Array) -> Sequence[npt.NDArray[Any]]:
        """Return the two sums."""
        return (state,)

    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> Array:
        """Return the sums."""
        return np.asarray(arrays[0])
