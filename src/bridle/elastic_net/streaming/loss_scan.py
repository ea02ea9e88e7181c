"""Loss scan: losses, gradients and Hessians at some solutions, summed over blocks of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.curved_step import curvature_floor
from bridle.elastic_net.loss import SingleOutputLoss
from bridle.elastic_net.streaming.moment_scan import FoldsByHash
from bridle.elastic_net.streaming.targets import Targets
from bridle.rows.blocks.block import Block
from bridle.rows.scan import AdditiveScan
from bridle.types import Array, IntArray

__all__ = ["LossScan", "LossSums", "Solutions"]


# Linear predictors of a block that are held at once, with twice as many terms: 8 MB.
_NUMBERS_AT_ONCE = 1 << 18


@dataclass(frozen=True, eq=False)
class Solutions:
    """M solutions, on the scale of the rows.

    Attributes
    ----------
    coefs : ndarray of shape (M, p)
    intercepts : ndarray of shape (M,)
    owners : ndarray of shape (M,)
        The problem of each solution: 0 for all rows, f + 1 for the training rows of fold f. In
        increasing order.
    """

    coefs: Array
    intercepts: Array
    owners: IntArray

    def predict(self, features: Array, some: slice) -> Array:
        """Return some linear predictors (m, rows) for features (rows, p)."""
        coefs = self.coefs[some]
        used = np.flatnonzero(np.any(coefs != 0, axis=0))
        columns = features.T if used.size == coefs.shape[1] else features.T[used]
        eta = np.empty((len(coefs), len(features)))
        left = np.ascontiguousarray(coefs[:, used].T)
        _core.products(left, np.arange(len(coefs)), np.ascontiguousarray(columns), eta)
        eta += self.intercepts[some, None]
        return eta


@dataclass
class LossSums:
    """Sums over some rows at M solutions and A solutions with a Hessian.

    Attributes
    ----------
    totals : ndarray of shape (4, M)
        As in `RowTotals`, over the training rows of each solution's problem, whose weights sum to 1.
    tests : ndarray of shape (M,)
        Loss on the test rows of each solution's problem, with the weights of the rows.
    products : ndarray of shape (p, 2 M)
        ``X'`` times the negative gradients, then ``X'`` times the curvatures.
    hessians : ndarray of shape (A, folds, p + 2, p + 2)
        As in `ClassSums`, with the weights of the rows times their curvatures.
    """

    totals: Array
    tests: Array
    products: Array
    hessians: Array


@dataclass(frozen=True, eq=False)
class LossScan(AdditiveScan[LossSums]):
    """Sums losses, gradients and Hessians of a loss with a kernel.

    Attributes
    ----------
    loss : SingleOutputLoss
    targets : Targets
    folds : FoldsByHash
    shares : ndarray of shape (folds, problems)
        Factor of the weights of a fold's rows in each problem.
    solutions : Solutions
    anchors : Solutions
        Solutions at which the Hessian is computed.
    shift : ndarray of shape (p,)
        Subtracted from the features in the Hessians.
    """

    loss: SingleOutputLoss
    targets: Targets
    folds: FoldsByHash
    shares: Array
    solutions: Solutions
    anchors: Solutions
    shift: Array

    def empty(self) -> LossSums:
        """Return the sums over no rows."""
        solutions, p = self.solutions.coefs.shape
        anchors, folds = len(self.anchors.coefs), self.folds.count
        return LossSums(
            totals=np.zeros((4, solutions)),
            tests=np.zeros(solutions),
            products=np.zeros((p, 2 * solutions)),
            hessians=np.zeros((anchors, folds, p + 2, p + 2)),
        )

    def add(self, state: LossSums, block: Block) -> None:
        """Add the rows of a block."""
        y, folds = self.targets.of(block), self.folds.of(block)
        weights = np.where(folds >= 0, block.row_weights, 0.0)
        self._add_solutions(state, block.features, y, folds, weights)
        self._add_hessians(state, block.features, y, folds, weights)

    def to_arrays(self, state: LossSums) -> Sequence[npt.NDArray[Any]]:
        """Return the four sums."""
        return state.totals, state.tests, state.products, state.hessians

    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> LossSums:
        """Return the sums."""
        return LossSums(*arrays)

    def _add_solutions(
        self, state: LossSums, features: Array, y: Array, folds: IntArray, weights: Array
    ) -> None:
        n, p = features.shape
        size = max(1, _NUMBERS_AT_ONCE // n)
        for problem, (low, high) in _stretches(self.solutions.owners):
            # A fold of -1 is a row of weight 0, whose share does not matter.
            rows = self._rows(y, weights * self.shares[folds, problem])
            tested = np.flatnonzero(folds == problem - 1) if problem else np.empty(0, np.intp)
            test_rows = self._rows(y[tested], weights[tested])
            for begin in range(low, high, size):
                some = slice(begin, min(begin + size, high))
                count = some.stop - begin
                eta, totals = self.solutions.predict(features, some), np.empty((4, count))
                terms, products = np.empty((n, 2 * count)), np.empty((p, 2 * count))
                _core.loss_terms(rows, eta, terms, 0, count, totals)
                _core.row_products(features, np.arange(n), np.arange(p), terms, products)
                state.totals[:, some] += totals
                state.products[:, some] += products[:, :count]
                state.products[:, len(self.solutions.owners) :][:, some] += products[:, count:]
                if tested.size:
                    unused = np.empty((tested.size, count))
                    there = np.ascontiguousarray(eta[:, tested])
                    _core.loss_pass(test_rows, there, unused, 0, totals)
                    state.tests[some] += totals[0]

    def _add_hessians(
        self, state: LossSums, features: Array, y: Array, folds: IntArray, weights: Array
    ) -> None:
        if not len(self.anchors.coefs):
            return
        rows, nothing = self._rows(y, weights), np.zeros_like(y)
        # If all predictions are certain, the Hessian must not be 0; a step that is too long is undone.
        least = curvature_floor(self.loss, y[:, None], weights) * weights
        members = [np.flatnonzero(folds == fold) for fold in range(self.folds.count)]
        for anchor in range(len(self.anchors.coefs)):
            eta = self.anchors.predict(features, slice(anchor, anchor + 1))
            terms = np.empty((len(y), 2))
            _core.loss_terms(rows, eta, terms, 0, 1, np.empty((4, 1)))
            curvature = np.maximum(terms[:, 1], least)
            for fold, index in enumerate(members):
                if index.size:
                    _core.gram_of_rows(
                        features,
                        index,
                        curvature,
                        nothing,
                        self.shift,
                        state.hessians[anchor, fold],
                    )

    def _rows(self, y: Array, weights: Array) -> _core.Rows:
        return _core.Rows(
            self.loss.kernel, False, weights, y, np.zeros_like(y), self.loss.parameter
        )


def _stretches(owners: IntArray) -> list[tuple[int, tuple[int, int]]]:
    """Return each problem with the first and the last position, plus 1, of its solutions."""
    found, first = np.unique(owners, return_index=True)
    ends = np.append(first[1:], owners.size)
    return [
        (int(problem), (int(low), int(high)))
        for problem, low, high in zip(found, first, ends, strict=True)
    ]
