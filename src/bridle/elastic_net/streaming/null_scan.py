"""Null scan: loss and gradients at the null models of all problems, summed over blocks of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.loss import SingleOutputLoss
from bridle.elastic_net.streaming.moment_scan import FoldsByHash
from bridle.elastic_net.streaming.targets import Targets
from bridle.rows.blocks.block import Block
from bridle.rows.scan import AdditiveScan
from bridle.types import Array

__all__ = ["NullScan", "NullSums"]


@dataclass
class NullSums:
    """Sums over some rows, for P problems.

    Attributes
    ----------
    totals : ndarray of shape (4, P)
        Loss, curvature, and for the gradient g ``sum_i g_i^2 / h_i`` with the curvature h and
        ``sum_i g_i^2 / w_i``; weights of a problem sum to 1.
    tests : ndarray of shape (P,)
        Loss on the test rows of each problem, with the weights of the rows.
    saturated : ndarray of shape (folds,)
        Loss of the saturated model, with the weights of the rows.
    negative_gradients : ndarray of shape (p, P)
    residuals : ndarray of shape (P,)
        Sum of the negative gradients of the rows.
    """

    totals: Array
    tests: Array
    saturated: Array
    negative_gradients: Array
    residuals: Array


@dataclass(frozen=True, eq=False)
class NullScan(AdditiveScan[NullSums]):
    """Sums losses and gradients of null models, which have an intercept alone.

    Attributes
    ----------
    loss : SingleOutputLoss
    targets : Targets
    folds : FoldsByHash
    shares : ndarray of shape (folds, P)
        Factor of the weights of a fold's rows in each problem.
    intercepts : ndarray of shape (P,)
    n_features : int
    """

    loss: SingleOutputLoss
    targets: Targets
    folds: FoldsByHash
    shares: Array
    intercepts: Array
    n_features: int

    def empty(self) -> NullSums:
        """Return the sums over no rows."""
        problems = self.intercepts.size
        return NullSums(
            totals=np.zeros((4, problems)),
            tests=np.zeros(problems),
            saturated=np.zeros(self.folds.count),
            negative_gradients=np.zeros((self.n_features, problems)),
            residuals=np.zeros(problems),
        )

    def add(self, state: NullSums, block: Block) -> None:
        """Add the rows of a block."""
        y, folds = self.targets.of(block)[:, None], self.folds.of(block)
        weights = np.where(folds >= 0, block.row_weights, 0.0)
        residuals = np.empty((len(y), self.intercepts.size))
        for problem, intercept in enumerate(self.intercepts):
            mine = weights * self.shares[folds, problem]
            eta = np.full_like(y, intercept)
            gradient = self.loss.gradient(eta, y, mine)[:, 0]
            curvature = self.loss.diagonal_curvature(eta, y, mine)[:, 0]
            residuals[:, problem] = -gradient
            used = mine > 0
            squares = gradient[used] ** 2
            state.totals[:, problem] += (
                self.loss.value(eta, y, mine),
                curvature.sum(),
                np.sum(squares / curvature[used]),
                np.sum(squares / mine[used]),
            )
            tested = np.where(folds == problem - 1, weights, 0.0)
            state.tests[problem] += self.loss.value(eta, y, tested)
        for fold in range(self.folds.count):
            tested = folds == fold
            if tested.any():
                there = y[tested]
                state.saturated[fold] -= self.loss.conjugate(
                    np.zeros_like(there), there, weights[tested]
                )
        part = np.empty_like(state.negative_gradients)
        features = block.features
        _core.row_products(features, np.arange(len(y)), np.arange(self.n_features), residuals, part)
        state.negative_gradients += part
        state.residuals += residuals.sum(axis=0)

    def to_arrays(self, state: NullSums) -> Sequence[npt.NDArray[Any]]:
        """Return the five sums."""
        return (
            state.totals, state.tests, state.saturated, state.negative_gradients, state.residuals
        )  # fmt: skip

    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> NullSums:
        """Return the sums."""
        return NullSums(*arrays)
