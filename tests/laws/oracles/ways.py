"""What the oracles of the elastic net share: data, ways in, and the objective written out once more.

Objective: ``1/2 sum_i w_i r_i^2 + l1 |b|_1 + l2/2 |b|^2`` with weights that sum to 1, ``l1 = alpha a``
and ``l2 = alpha (1 - a)``; Z and t are X and y about their weighted means, ``r = t - Z b``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from tests.laws.catalogue import SHAPES

from bridle import ElasticNet, ElasticNetCV, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net import Problem
from bridle.elastic_net.design import design_of
from bridle.elastic_net.design.table import as_numbers_read
from bridle.elastic_net.loss import Squared
from bridle.elastic_net.solver import CoordinateDescent

Array = npt.NDArray[np.float64]

TOL = 1e-14
RATIOS = (1.0, 0.5, 0.05, 0.0)
DATA = [name for name in SHAPES if name != "one row"]
# What estimators and cross-validation are tried on; they go the ways of the solver and the path.
SOME_DATA = ("tall", "wide", "duplicate columns")


@dataclass(frozen=True)
class Task:
    """What is fitted: data, weights, and scikit-learn's alpha and l1_ratio."""

    X: npt.NDArray
    y: Array
    alpha: float
    l1_ratio: float
    weights: Array | None = None
    fit_intercept: bool = True

    @classmethod
    def of(cls, shape: str, l1_ratio: float, *, weighted: bool = False, seed: int = 0) -> Task:
        """Return a line of the catalogue at a tenth of the strength that lets no feature in."""
        rng = np.random.default_rng(seed)
        X = SHAPES[shape](rng)
        y = X[:, :3].sum(axis=1) + rng.normal(size=len(X)) + 0.7
        weights = rng.random(len(X)) + 0.1
        weights[2::4] = 0.0
        task = cls(X, y, 1.0, l1_ratio, weights if weighted else None)
        return task.at(0.1 * task.strength_max)

    def at(self, alpha: float) -> Task:
        return replace(self, alpha=float(alpha))

    @property
    def l1(self) -> float:
        return self.alpha * self.l1_ratio

    @property
    def l2(self) -> float:
        return self.alpha * (1 - self.l1_ratio)

    @property
    def share(self) -> Array:
        """The weights, which sum to 1."""
        weights = np.ones(len(self.y)) if self.weights is None else self.weights
        return weights / weights.sum()

    @property
    def centred(self) -> Array:
        X = np.asarray(self.X, dtype=np.float64)
        centred = X - self.share @ X if self.fit_intercept else X
        # A constant column is 0 about its mean, whatever the rounding of the mean.
        return np.where(np.ptp(X, axis=0) == 0, 0.0, centred) if self.fit_intercept else centred

    @property
    def t(self) -> Array:
        return self.y - self.share @ self.y if self.fit_intercept else self.y

    @property
    def gram(self) -> Array:
        return self.centred.T @ (self.share[:, None] * self.centred)

    @property
    def null_slope(self) -> Array:
        return self.centred.T @ (self.share * self.t)

    @property
    def strength_max(self) -> float:
        return float(np.abs(self.null_slope).max() / max(self.l1_ratio, 1e-3))

    def residual(self, coef: Array) -> Array:
        return self.t - self.centred @ coef

    def slope(self, coef: Array) -> Array:
        """``c = Z' W r - l2 b``."""
        return self.centred.T @ (self.share * self.residual(coef)) - self.l2 * coef

    def primal(self, coef: Array) -> float:
        loss = 0.5 * self.share @ self.residual(coef) ** 2
        return float(loss + self.l1 * np.abs(coef).sum() + 0.5 * self.l2 * coef @ coef)

    def dual(self, coef: Array) -> float:
        """The dual objective at the residual, scaled until it is feasible."""
        r = self.residual(coef)
        largest = np.abs(self.slope(coef)).max(initial=0.0)
        s = min(1.0, self.l1 / largest) if largest > 0 else 1.0
        energy = self.share @ r**2 + self.l2 * coef @ coef
        return float(s * self.t @ (self.share * r) - 0.5 * s**2 * energy)


@dataclass(frozen=True)
class Fit:
    coef: Array
    intercept: float


def _by_solver(task: Task) -> Fit:
    problem = Problem.build(
        design_of(as_numbers_read(task.X)),
        task.y[:, None],
        Squared(),
        ElasticNetPenalty.from_sklearn(task.alpha, task.l1_ratio),
        weights=task.weights,
        fit_intercept=task.fit_intercept,
    )
    solution = CoordinateDescent(tol=TOL, kkt_tol=1e-13).solve(problem)
    return Fit(solution.coef[:, 0], float(solution.intercept[0]))


def _by_path(task: Task) -> Fit:
    path = elastic_net_path(
        task.X,
        task.y,
        alphas=[7 * task.alpha, task.alpha, 2 * task.alpha],
        l1_ratio=task.l1_ratio,
        sample_weight=task.weights,
        fit_intercept=task.fit_intercept,
        tol=TOL,
    )
    point = path.at(task.alpha)
    return Fit(point.coef, float(point.intercept))


def _by_estimator(task: Task) -> Fit:
    model = ElasticNet(
        task.alpha, l1_ratio=task.l1_ratio, fit_intercept=task.fit_intercept, tol=TOL
    )
    model.fit(task.X, task.y, task.weights)
    return Fit(model.coef_, model.intercept_)


def _by_cross_validation(task: Task) -> Fit:
    model = ElasticNetCV(
        alphas=[task.alpha], l1_ratio=task.l1_ratio, fit_intercept=task.fit_intercept, tol=TOL, cv=2
    )
    model.fit(task.X, task.y, task.weights)
    return Fit(model.coef_, model.intercept_)


# The ways in: each takes a task to its coefficients on the scale of X.
WAYS: dict[str, Callable[[Task], Fit]] = {
    "solver": _by_solver,
    "path": _by_path,
    "estimator": _by_estimator,
    "cross-validation": _by_cross_validation,
}

# The lines of the catalogue: a way in, a shape of X and an l1_ratio.
LINES = [
    (way, shape, l1_ratio)
    for way in WAYS
    for shape in (DATA if way in ("solver", "path") else SOME_DATA)
    for l1_ratio in RATIOS
]
# The lasso shares a coefficient between equal columns in any way that it likes.
UNIQUE_LINES = [one for one in LINES if one[1:] != ("duplicate columns", 1.0)]
