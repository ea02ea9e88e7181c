"""Residual scan: gradients of squared loss at some solutions, summed over blocks of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.methods.certificates.squared_pass import ResidualSums, add_residuals
from bridle.elastic_net.streaming.moment_scan import FoldsByHash
from bridle.rows.blocks.block import Block
from bridle.rows.scan import AdditiveScan
from bridle.types import Array

__all__ = ["ResidualScan"]


@dataclass(frozen=True, eq=False)
class ResidualScan(AdditiveScan[ResidualSums]):
    """Sums ``X' W r`` of M solutions, with ``r = t - b0 - X b`` and W of each solution's problem.

    Attributes
    ----------
    coefs : ndarray of shape (M, p)
        On the scale of the rows.
    intercepts : ndarray of shape (M,)
    shares : ndarray of shape (folds, M)
        Factor of the weights of a fold's rows, for each solution.
    folds : FoldsByHash
    """

    coefs: Array
    intercepts: Array
    shares: Array
    folds: FoldsByHash

    def empty(self) -> ResidualSums:
        """Return the sums over no rows."""
        return ResidualSums.empty(*self.coefs.shape)

    def add(self, state: ResidualSums, block: Block) -> None:
        """Add the rows of a block."""
        assert block.target is not None
        folds = self.folds.of(block)
        weights = np.where(folds >= 0, block.row_weights, 0.0)[:, None] * self.shares[folds]
        rows = np.arange(len(folds))
        add_residuals(
            state, block.features, rows, block.target, weights, self.coefs, self.intercepts
        )

    def to_arrays(self, state: ResidualSums) -> Sequence[npt.NDArray[Any]]:
        """Return the three sums."""
        return state

    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> ResidualSums:
        """Return the sums."""
        return ResidualSums(*arrays)
