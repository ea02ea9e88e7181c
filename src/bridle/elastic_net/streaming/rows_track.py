"""Track of one problem whose rows are not in memory: a point at every strength, improved by scans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from bridle import _core
from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import RowTotals
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.moments import Moments, gram_product
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.elastic_net.working_set.attempt import GAIN_SHARE
from bridle.types import Array, IntArray

__all__ = ["Evaluated", "RowsTrack"]


# Gap of a model, as a fraction of the tolerance, and the factor by which each round tightens it.
_MODEL_SHARE, _TIGHTER = 5e-4, 0.1
# Factor by which the curvature of a model is raised after a step that did not lower the objective.
_STEEPER = 4.0
# Rounds at a strength after which its point is taken unconverged: steps that are shortened so often
# are below rounding.
_MOST_ROUNDS = 30
# An objective that increases by less than this fraction counts as equal.
_ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class Evaluated:
    """M points of a problem, with the results of a scan there.

    Attributes
    ----------
    coefs : ndarray of shape (M, p)
        On the scale of the problem's design.
    intercepts : ndarray of shape (M,)
    totals : ndarray of shape (4, M)
        As in `RowTotals`.
    negative_gradients : ndarray of shape (p, M)
        ``-X'u`` of the dual points u, on the scale of the design.
    tests : ndarray of shape (M,)
        Loss on the test rows.
    """

    coefs: Array
    intercepts: Array
    totals: Array
    negative_gradients: Array
    tests: Array

    def take(self, places: IntArray) -> Evaluated:
        """Return some of the points."""
        return Evaluated(
            self.coefs[places],
            self.intercepts[places],
            self.totals[:, places],
            self.negative_gradients[:, places],
            self.tests[places],
        )

    def put(self, place: int, other: Evaluated, number: int) -> None:
        """Set a point to one of another's."""
        self.coefs[place] = other.coefs[number]
        self.intercepts[place] = other.intercepts[number]
        self.totals[:, place] = other.totals[:, number]
        self.negative_gradients[:, place] = other.negative_gradients[:, number]
        self.tests[place] = other.tests[number]


@dataclass(kw_only=True)
class RowsTrack:
    """Points of one problem at all strengths of a grid.

    Each round minimises a quadratic model of the loss about the point of a strength, or about that of
    the nearest strength that has one. A point with a larger objective is not taken, and the curvature
    of its next model is raised.

    Attributes
    ----------
    problem : Problem
    grid : Grid
        Decreasing strengths.
    settings : CoordinateDescent
        Only ``tol`` and ``max_iter`` are used.
    null : Evaluated
        The null model, one point.
    """

    problem: Problem
    grid: Grid
    settings: CoordinateDescent
    null: Evaluated
    points: Evaluated = field(init=False)
    certificates: list[Certificate] = field(init=False)
    tried: Array = field(init=False)
    open: Array = field(init=False)
    rounds: IntArray = field(init=False)
    _raised: Array = field(init=False)

    def __post_init__(self) -> None:
        count = self.grid.strengths.size
        self.points = self.null.take(np.zeros(count, dtype=np.int64))
        self.certificates = self._certify(np.arange(count), self.points)
        self.tried = np.zeros(count, dtype=bool)
        self.open = np.array([not found.meets(self.settings.tol) for found in self.certificates])
        self.rounds = np.zeros(count, dtype=np.int64)
        self._raised = np.ones(count)

    def is_near(self, places: IntArray, gap: float) -> bool:
        """Return whether the points of some strengths are done, or have at most a relative gap."""
        return all(
            not self.open[place] or self.certificates[place].relative_gap <= gap for place in places
        )

    def propose(self, places: IntArray, hessian: Callable[[int], Moments]) -> tuple[Array, Array]:
        """Return new coefficients (m, p) and intercepts (m,) for the strengths at some places.

        Parameters
        ----------
        places : ndarray of shape (m,)
        hessian : callable
            Of a place; its weight is the sum of the curvatures.
        """
        found = [self._minimised(int(place), hessian(int(place))) for place in places]
        return np.stack([coef for coef, _ in found]), np.array([level for _, level in found])

    def judge(self, places: IntArray, found: Evaluated) -> None:
        """Take the points that are better than those before, and certify them."""
        certificates = self._certify(places, found)
        for number, (place, certificate) in enumerate(zip(places, certificates, strict=True)):
            before = self.certificates[place] if self.tried[place] else self._adopted(int(place))
            self.rounds[place] += 1
            if _is_better(certificate, before, self.settings.tol):
                self.points.put(int(place), found, number)
                self.certificates[place] = certificate
                self._raised[place] = max(1.0, self._raised[place] / _STEEPER)
            else:
                self._raised[place] *= _STEEPER
            self.tried[place] = True
            met = self.certificates[place].meets(self.settings.tol)
            most = min(_MOST_ROUNDS, self.settings.max_iter)
            self.open[place] = not met and self.rounds[place] < most

    def path(self, seconds: float, method: str, errors: Array | None) -> SolvedPath:
        """Return the points as a path."""
        p = self.points.coefs.shape[1]
        return SolvedPath(
            coefs=Coefficients.of_rows(self.points.coefs, np.arange(p), p),
            intercepts=self.points.intercepts[:, None],
            certificates=tuple(self.certificates),
            statuses=tuple(Status.of(found, self.settings.tol) for found in self.certificates),
            iterations=np.maximum(self.rounds, 1),
            seconds=seconds,
            method=method,
            errors=errors,
        )

    def _start(self, place: int) -> int:
        """Return the place whose point a strength starts from; -1 for the null model."""
        if self.tried[place]:
            return place
        known = np.flatnonzero(self.tried)
        return int(known[np.argmin(np.abs(known - place))]) if known.size else -1

    def _adopted(self, place: int) -> Certificate:
        """Give a strength the point that it starts from, and return its certificate there."""
        start = self._start(place)
        if start >= 0:
            self.points.put(place, self.points, start)
            (self.certificates[place],) = self._certify(
                np.array([place]), self.points.take(np.array([place]))
            )
        return self.certificates[place]

    def _minimised(self, place: int, moments: Moments) -> tuple[Array, float]:
        """Return the minimiser of the model about the point that a strength starts from."""
        start = self._start(place)
        origin = self.null.take(np.array([0])) if start < 0 else self.points.take(np.array([start]))
        before, layout = origin.coefs[0], self.problem.design.layout()
        weight = self._raised[place] * moments.weight
        gram = weight * moments.gram / np.outer(layout.scale, layout.scale)
        used = np.flatnonzero(np.isfinite(self.problem.factors) & (np.diag(gram) > 0))
        gram = np.ascontiguousarray(gram[np.ix_(used, used)])
        lower, upper = self.problem.penalty.bounds(before.size)
        half = self.problem.null.half_deviance
        linear = gram_product(gram, before[None, used])[:, 0] + origin.negative_gradients[used, 0]
        coef = np.ascontiguousarray(before[None, used])
        strength = self.grid.strengths[place : place + 1]
        rounds = int(self.rounds[place])
        _core.gram_path(
            gram,
            np.ascontiguousarray(linear[None, :]),
            np.array([2 * half]),
            _core.Features(self.problem.factors[used], lower[used], upper[used]),
            _core.Grid(self.grid.l1_ratio * strength, (1 - self.grid.l1_ratio) * strength, 0, 1),
            _core.Precision(
                gap=_MODEL_SHARE * _TIGHTER**rounds * self.settings.tol * half,
                gain=GAIN_SHARE * self.settings.tol * half,
                violation=np.inf,
                sweeps=self.settings.max_iter,
            ),
            coef,
        )
        found = before.copy()
        found[used] = coef[0]
        level = float(origin.intercepts[0])
        if self.problem.fit_intercept:
            mean = (moments.mean - layout.center) / layout.scale
            level += float(origin.totals[1, 0] / weight - (found - before) @ mean)
        return found, level

    def _certify(self, places: IntArray, found: Evaluated) -> list[Certificate]:
        features = np.flatnonzero(np.isfinite(self.problem.factors))
        point = WorkingPoint(
            features,
            found.coefs[:, features],
            found.negative_gradients[features],
            np.zeros(places.size),
            RowTotals(self.problem, found.totals),
        )
        return certify_working_set(
            self.problem, self.grid.strengths[places], self.grid.l1_ratio, point
        )


def _is_better(new: Certificate, old: Certificate, tol: float) -> bool:
    """Return whether an objective is not larger, or the certificate is better as rounding hides that."""
    if not np.isfinite(new.objective):
        return False
    if new.objective <= old.objective + _ROUNDING * abs(old.objective):
        return True
    return new.excess(tol) < old.excess(tol)
