"""Working set: the features of a problem that may be non-zero so far.

Most coefficients of a sparse solution are 0. A fit on the few features that may be non-zero reads only
their columns, and is the full solution if no other feature violates its KKT condition, ``|x_j'r| <= l1
v_j`` (r: weighted residual). Features that violate it enter the set, and the fit is repeated.

Source: Massias, Gramfort and Salmon (2018), "Celer: a fast solver for the lasso with dual
extrapolation".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from bridle import _core
from bridle.elastic_net.design import ColumnStore, FetchedColumns
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.attempt import Attempt, Start
from bridle.types import Array, IntArray

__all__ = ["InnerSolver", "WorkingSet"]


class InnerSolver(ABC):
    """A solver for the features of a working set alone, with the arrays that it stores for them.

    Parameters
    ----------
    problem : Problem
    store : ColumnStore
        Columns that all problems share.
    """

    @abstractmethod
    def __init__(self, problem: Problem, store: ColumnStore) -> None: ...

    @abstractmethod
    def joined(self, working: WorkingSet, new: IntArray) -> None:
        """Update the state after the features ``new`` have entered, at the end of the set."""

    @abstractmethod
    def solve(
        self,
        working: WorkingSet,
        l1: Array,
        l2: Array,
        start: Start,
        precision: _core.Precision,
    ) -> Attempt:
        """Solve at the strengths after the first ``start.solved``, whose solutions are known.

        Parameters
        ----------
        working : WorkingSet
        l1, l2 : ndarray of shape (S,)
            All strengths, decreasing.
        start : Start
            For the first of them.
        precision : Precision
            Stopping criteria at each strength.

        Returns
        -------
        Attempt
            At the last ``S - start.solved`` strengths.
        """


class WorkingSet:
    """Features of a problem, in the order in which they entered.

    Parameters
    ----------
    problem : Problem
    store : ColumnStore
        Columns that all problems share.
    inner : type of InnerSolver
        Solves for these features alone.
    """

    def __init__(self, problem: Problem, store: ColumnStore, inner: type[InnerSolver]) -> None:
        self.problem = problem
        self.store = store
        self.features: IntArray = np.empty(0, dtype=np.int64)
        self._inner = inner(problem, store)
        self._of_all = _Limits.of(problem)
        self._limits = self._of_all.at(self.features)

    @property
    def size(self) -> int:
        """Number of features."""
        return self.features.size

    @property
    def positions(self) -> IntArray:
        """Positions of the features in the store."""
        return self.store.positions(self.features)

    @property
    def limits(self) -> _core.Features:
        """Penalty factors and bounds of the features."""
        return _core.Features(self._limits.factors, self._limits.lower, self._limits.upper)

    @property
    def scale(self) -> Array:
        """Scale by which the design divides the columns, shape (size,)."""
        return self._limits.scale

    @property
    def center(self) -> Array:
        """Center that the design subtracts from the columns of the store, shape (size,)."""
        return self._limits.center - self.store.shift(self.positions)

    def block(self) -> tuple[Array, Array, Array]:
        """Return the columns as a dense array, and the center and scale that remain to be applied.

        The columns of a sparse X are already centred and scaled.
        """
        if isinstance(self.store, FetchedColumns):
            return self.store.columns[:, self.positions], self.center, self.scale
        columns = self.problem.design.columns(self.features)
        return columns, np.zeros(self.size), np.ones(self.size)

    def join(self, features: IntArray) -> None:
        """Add features, whose columns must be in the store."""
        self.features = np.concatenate([self.features, features])
        self._limits = self._of_all.at(self.features)
        self._inner.joined(self, features)

    def solve(self, l1: Array, l2: Array, start: Start, precision: _core.Precision) -> Attempt:
        """Solve for these features alone; see `InnerSolver.solve`."""
        return self._inner.solve(self, l1, l2, start, precision)

    def predict(self, coef: Array) -> Array:
        """Return the products of X with coefficients (m, size) of these features, shape (m, n)."""
        used = np.flatnonzero(np.any(coef != 0, axis=0))
        order = used[np.argsort(self.features[used])]
        p, rows = self.problem.design.shape[1], np.arange(self.problem.y.shape[0])
        first = np.arange(coef.shape[0] + 1) * order.size
        entries = coef[:, order].ravel(), np.tile(self.features[order], coef.shape[0]), first
        stacked = sparse.csc_array(entries, shape=(p, coef.shape[0]))
        return np.ascontiguousarray(self.problem.design.predict_rows(rows, stacked).T)

    def products(self, dual: Array) -> Array:
        """Return ``X' dual`` for the features, (size, m); with an intercept, each dual must sum to 0."""
        out = np.empty((self.size, dual.shape[1]))
        _core.products(self.store.columns, self.positions, np.ascontiguousarray(dual), out)
        return out / self.scale[:, None]


@dataclass(frozen=True)
class _Limits:
    factors: Array
    lower: Array
    upper: Array
    scale: Array
    center: Array

    @classmethod
    def of(cls, problem: Problem) -> _Limits:
        layout = problem.design.layout()
        bounds = problem.penalty.bounds(problem.design.shape[1])
        return cls(problem.factors, *bounds, layout.scale, layout.center)

    def at(self, features: IntArray) -> _Limits:
        return _Limits(
            self.factors[features],
            self.lower[features],
            self.upper[features],
            self.scale[features],
            self.center[features],
        )
