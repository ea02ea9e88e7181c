r"""Paths of several problems on a tall X whose loss is not quadratic: proximal Newton in lockstep.

Near a point a with slopes s, minus the gradient, the loss is ``-s'(b - a) + 1/2 (b - a)'H(b - a)``,
H the cross-products of X weighted by the curvature. Each round

1. sums H by classes of rows where the full data are by now, for all problems at once: many rows bend
   nearly alike in every fold, and an H that is a little off costs rounds, not accuracy;
2. minimises the model of every problem at some strengths ahead, each about the last point tried there;
3. reads X twice for these points (`look_at_design`), which gives certificates and the slopes of the next
   models, and accepts the strengths up to the first whose certificate falls short.

A point that is worse than the one before it is not taken: its problem goes on with a model that is
nowhere below the loss (`Loss.majorant`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, are_alike
from bridle.elastic_net.methods.certificates.design_pass import Look, certify_look, look_at_design
from bridle.elastic_net.methods.lockstep import Lockstep
from bridle.elastic_net.methods.moments import is_tall
from bridle.elastic_net.methods.polish import polish, wants_all_digits
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.moments import Moments, sum_moments
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.working_set.attempt import Attempt
from bridle.types import Array
from bridle.workers import Workers

__all__ = ["Reweighted", "solve_reweighted"]


_AHEAD = 16
_NUMBERS_AHEAD = 4_000_000
_MODEL_SHARE = 5e-4
_TIGHTER = 0.1
_GAIN_SHARE = 1e-14
_MOST_ROUNDS = 300
_ROUNDING = 1e-14
_LITTLE = 2e8
_PATIENCE = 6


@dataclass(frozen=True, eq=False)
class Reweighted(PathMethod):
    """All problems together on a tall, dense X whose loss is not quadratic.

    Attributes
    ----------
    classes : RowClasses
        Rows whose weights are in proportion in all problems.
    """

    classes: RowClasses

    name = "reweighted"

    @classmethod
    def takes(cls, problems: Sequence[Problem]) -> bool:
        """Whether the problems differ in their weights only, and X is tall."""
        return not problems[0].loss.is_quadratic and are_alike(problems) and is_tall(problems[0])

    @classmethod
    def prepare(
        cls,
        specification: Specification,
        plain: Sequence[Problem],
        judging: Sequence[Array],
        workers: Workers,
    ) -> PathMethod:
        """Sort the rows into classes, unless there are too many."""
        lockstep = Lockstep.prepare(specification, plain, judging, workers)
        classes = RowClasses.of([one.weights for one in plain])
        return lockstep if classes is None else cls(lockstep.problems, classes)

    def solve(
        self, grid: Grid, solver: CoordinateDescent, workers: Workers, progress: Progress
    ) -> tuple[SolvedPath, ...]:
        """Solve each problem at each strength."""
        return solve_reweighted(self.problems, grid, solver, self.classes, workers, progress)


def solve_reweighted(
    problems: Sequence[Problem],
    grid: Grid,
    settings: CoordinateDescent,
    classes: RowClasses,
    workers: Workers,
    progress: Progress = lambda share: None,
) -> tuple[SolvedPath, ...]:
    """Solve every problem at every strength.

    Parameters are those of `solve_from_moments`, but for ``classes``: the row classes themselves.
    """
    began = time.perf_counter()
    p = problems[0].design.shape[1]
    ahead = max(1, min(_AHEAD, _NUMBERS_AHEAD // (problems[0].y.shape[0] * len(problems))))
    nothing = [np.zeros((1, p))] * len(problems)
    levels = [one.null.intercept for one in problems]
    looks = look_at_design(problems, nothing, levels, workers)
    tracks = [
        _Track(problem, *grid, settings, _points(look, level), look.loss.eta[0], ahead, ahead)
        for problem, look, level in zip(problems, looks, levels, strict=True)
    ]
    while not all(one.done for one in tracks):
        active = [f for f, one in enumerate(tracks) if not one.done]
        moments = _moments(tracks, active, classes, workers)

        def propose(f: int, moments: Mapping[int, Moments] = moments) -> list[_Point]:
            return tracks[f].propose(moments[f])

        proposals = workers.map(propose, active)
        looks = look_at_design(
            [problems[f] for f in active],
            [np.stack([one.coef for one in some]) for some in proposals],
            [np.array([one.intercept for one in some]) for some in proposals],
            workers,
        )
        workers.map(
            lambda pair: tracks[pair[0]].judge(pair[1]), list(zip(active, looks, strict=True))
        )
        progress(sum(one.position for one in tracks) / (len(tracks) * grid.strengths.size))
    seconds = time.perf_counter() - began
    return tuple(one.path(seconds) for one in tracks)


def _moments(
    tracks: Sequence[_Track], active: Sequence[int], classes: RowClasses, workers: Workers
) -> dict[int, Moments]:
    """Sum the cross-products of X weighted by the curvature, for the problems that go on.

    Where that costs little, and after some rounds in vain, each problem has its own curvature, else all
    have that of the full data.
    """
    problem = tracks[0].problem
    n, p = problem.design.shape
    array = problem.design.layout().dense()
    assert array is not None
    nothing, centered = np.zeros(n), problem.fit_intercept
    layout = problem.design.layout()
    shift = layout.center + layout.scale * problem.column_moments[0] if centered else None
    moments = {}
    patient = [f for f in active if tracks[f].rounds < _PATIENCE and not tracks[f].careful]
    if patient and n * p**2 * len(active) > _LITTLE:
        curved = replace(classes, weights=classes.weights * _curvature(tracks[0]))
        sums = sum_moments(array, nothing, curved, shift, workers)
        moments = {f: sums.moments(f, centered) for f in patient}
    for f in set(active) - set(moments):
        weights = tracks[f].problem.weights * _curvature(tracks[f])
        alone = RowClasses(np.where(weights > 0, 0, -1), weights, np.ones((1, 1)))
        moments[f] = sum_moments(array, nothing, alone, shift, workers).moments(0, centered)
    return moments


def _curvature(track: _Track) -> Array:
    """Return the curvature of each row of weight 1 where a problem is by now."""
    problem = track.problem
    ones = np.ones_like(problem.weights)
    if track.careful:
        return problem.loss.majorant(track.eta[:, None], problem.y, ones)[:, 0]
    curvature = problem.loss.diagonal_curvature(track.eta[:, None], problem.y, ones)[:, 0]
    # Where a prediction is certain the curvature vanishes and the model would jump.
    return np.maximum(curvature, problem.loss.smallest_curvature(problem.y, ones)[:, 0])


@dataclass(frozen=True, eq=False)
class _Point:
    """Where a strength of a problem stands.

    ``slope`` (p,) is minus the gradient, ``residual_sum`` the intercept's, which it has to bring to 0.
    """

    coef: Array
    intercept: float
    slope: Array
    residual_sum: float
    objective: float = np.inf


def _points(look: Look, intercepts: Array) -> list[_Point]:
    rows = zip(look.coef, intercepts, look.slopes.T, look.loss.residual_sums, strict=True)
    return [
        _Point(coef, float(level), slope, float(residual_sum))
        for coef, level, slope, residual_sum in rows
    ]


@dataclass
class _Track:
    """How far one problem has come: what is accepted, what was tried at the strengths after it.

    The curvature is taken in the middle of the strengths ``ahead``: if they take more than some
    rounds, they are too far apart for it.
    """

    problem: Problem
    strengths: Array
    l1_ratio: float
    settings: CoordinateDescent
    tried: list[_Point]
    eta: Array
    ahead: int
    most_ahead: int
    about: list[_Point] = field(default_factory=list)
    proposed: list[_Point] = field(default_factory=list)
    accepted: list[_Point] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    careful: bool = False
    rounds: int = 0

    @property
    def position(self) -> int:
        """Number of strengths that are done."""
        return len(self.accepted)

    @property
    def _most_rounds(self) -> int:
        return min(_MOST_ROUNDS, self.settings.max_iter - 1)

    @property
    def done(self) -> bool:
        """Whether all strengths are."""
        return self.position == self.strengths.size

    def propose(self, moments: Moments) -> list[_Point]:
        """Minimise the model at the strengths ahead, each about the last point tried there."""
        count = min(self.ahead, self.strengths.size - self.position)
        # A strength that was not tried begins at the last that was, whose objective is another one.
        further = replace(self.tried[-1], objective=np.inf)
        self.about = (self.tried + [further] * count)[:count]
        layout = self.problem.design.layout()
        weight = moments.weight
        gram = weight * moments.gram / np.outer(layout.scale, layout.scale)
        used = np.flatnonzero(np.isfinite(self.problem.factors) & (np.diag(gram) > 0))
        gram = np.ascontiguousarray(gram[np.ix_(used, used)])
        before = np.stack([one.coef for one in self.about])
        coef = before.copy()
        slopes = np.stack([one.slope[used] for one in self.about])
        coef[:, used] = self._minimise(gram, slopes, before[:, used], used)
        shift = np.zeros(count)
        if self.problem.fit_intercept:
            mean = (moments.mean - layout.center) / layout.scale
            residual_sums = np.array([one.residual_sum for one in self.about])
            shift = residual_sums / weight - ((coef - before) * mean).sum(axis=1)
        self.proposed = [
            replace(one, coef=row, intercept=one.intercept + float(step))
            for one, row, step in zip(self.about, coef, shift, strict=True)
        ]
        return self.proposed

    def _minimise(
        self,
        gram: Array,
        slopes: Array,
        before: Array,
        used: npt.NDArray[np.intp],
    ) -> Array:
        """Return the minimisers of the models about ``before``, in which they may begin."""
        lower, upper = self.problem.penalty.bounds(self.problem.design.shape[1])
        strengths = self.strengths[self.position : self.position + before.shape[0]]
        half = self.problem.null.half_deviance
        linear = np.empty((used.size, strengths.size))
        _core.products(gram, np.arange(used.size), np.ascontiguousarray(before.T), linear)
        coef = np.ascontiguousarray(before)
        _core.gram_path(
            gram,
            np.ascontiguousarray(linear.T + slopes),
            np.full(strengths.size, 2 * half),
            _core.Features(self.problem.factors[used], lower[used], upper[used]),
            _core.Grid(
                self.l1_ratio * strengths, (1 - self.l1_ratio) * strengths, 0, strengths.size
            ),
            _core.Precision(
                # What the optimality conditions want of the gap shows in how long they are missed.
                gap=_MODEL_SHARE * _TIGHTER**self.rounds * self.settings.tol * half,
                gain=_GAIN_SHARE * self.settings.tol * half,
                violation=np.inf,
                sweeps=self.settings.max_iter,
            ),
            coef,
        )
        return coef

    def judge(self, look: Look) -> None:
        """Accept what is certified; of the rest keep the points that are better than before."""
        self.rounds += 1
        strengths = self.strengths[self.position : self.position + look.coef.shape[0]]
        certificates = certify_look(self.problem, strengths, self.l1_ratio, look)
        intercepts = np.array([one.intercept for one in self.proposed])
        found = [
            replace(point, objective=certificate.objective)
            for point, certificate in zip(_points(look, intercepts), certificates, strict=True)
        ]
        self.eta = look.loss.eta[len(found) // 2]
        taken = self._accept(found, certificates)
        if taken == len(found):
            self.ahead = min(2 * self.ahead, self.most_ahead)
        elif self.rounds > _PATIENCE:
            self.ahead = max(1, self.ahead // 2)
        kept = [
            new if new.objective <= old.objective + _ROUNDING * abs(old.objective) else old
            for new, old in zip(found[taken:], self.about[taken:], strict=True)
        ]
        self.careful = bool(kept) and kept[0] is self.about[taken]
        if self.careful:
            self.ahead = 1
            there = self.problem.linear_predictor(
                kept[0].coef[:, None], np.array([kept[0].intercept])
            )
            self.eta = there[:, 0]
        self.tried = kept or [replace(found[-1], objective=np.inf)]
        if self.done and wants_all_digits(self.problem, self.settings):
            self._polish()

    def _polish(self) -> None:
        """Finish all that was accepted; what that does not improve stays as it was."""
        features = np.arange(self.problem.design.shape[1])
        for k, point in enumerate(self.accepted):
            level = np.array([point.intercept])
            eta = self.problem.linear_predictor(point.coef[:, None], level)
            strength = self.strengths[k : k + 1]
            attempt = Attempt(point.coef[None, :], level, eta.T)
            better = polish(self.problem, strength, self.l1_ratio, features, attempt)
            penalty = self.problem.penalty.with_strength(float(strength[0]), self.l1_ratio)
            judge = self.problem.with_penalty(penalty)
            certificate = judge.certify(better.coef.T, better.intercept)
            if certificate.kkt < self.certificates[k].kkt:
                self.accepted[k] = replace(
                    point, coef=better.coef[0], intercept=float(better.intercept[0])
                )
                self.certificates[k] = certificate

    def _accept(self, found: list[_Point], certificates: list[Certificate]) -> int:
        taken = 0
        for point, certificate in zip(found, certificates, strict=True):
            if not certificate.meets(self.settings.tol) and self.rounds <= self._most_rounds:
                break
            self.accepted.append(point)
            self.certificates.append(certificate)
            self.iterations.append(max(self.rounds, 1))
            self.rounds = 0
            taken += 1
        return taken

    def path(self, seconds: float) -> SolvedPath:
        """Return what was accepted."""
        p = self.problem.design.shape[1]
        return SolvedPath(
            coefs=Coefficients.of_rows([one.coef for one in self.accepted], np.arange(p), p),
            intercepts=np.array([[one.intercept] for one in self.accepted]),
            certificates=tuple(self.certificates),
            statuses=tuple(Status.of(one, self.settings.tol) for one in self.certificates),
            iterations=np.array(self.iterations, dtype=np.int64),
            seconds=seconds,
            method=Reweighted.name,
        )
