r"""Path method by reweighting: proximal Newton for several problems on a tall X, any smooth loss.

Near a point a, the loss is up to a constant ``-s'(b - a) + 1/2 (b - a)'H(b - a)``, where s is the
negative gradient and ``H = X'CX`` the Hessian, with the curvature C of each row. H costs most, and folds
have nearly the same curvature, so they share it. Each round

1. computes H at the current fit of the full data, for all problems in one pass over X, by classes of
   rows. It is slightly wrong for each problem, which costs rounds, not accuracy;
2. minimises every problem's model at the next strengths, each about the last point tried there;
3. evaluates these points in two passes over X (`evaluate_losses`), which gives certificates and the
   gradients of the next models, and accepts fits before the first that misses its tolerance.

A point with a larger objective than the one before it is rejected. Its problem then uses a model that is
nowhere below the loss (`Loss.majorant`).

Source: Lee, Sun and Saunders (2014), "Proximal Newton-type methods for minimizing composite functions".
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, Traits
from bridle.elastic_net.methods.certificates.design_pass import evaluate_losses
from bridle.elastic_net.methods.lockstep import Lockstep
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.methods.tracks.model_track import PATIENCE, ModelTrack, Point, points_of
from bridle.elastic_net.moments.moments import ClassSums, Moments, sum_moments
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["Reweighted", "solve_reweighted"]


# Strengths tried together. Seconds of a path on 20,000 x 100, tol 1e-6, with 12, 16, 20, 24: Poisson
# .38, .34, .27, .26; logistic .52, .37, .40, .45.
_AHEAD = 20
# Most linear predictors at once, 32 MB: 18 strengths of 11 problems of 20,000 rows. More were no faster.
_NUMBERS_AHEAD = 4_000_000
# Multiplications up to which each problem gets its own Hessian: some 10 ms, less than another round.
_LITTLE = 2e8
# A Hessian is used again if the rows' curvatures have changed by less than this fraction divided by the
# number of problems, which would all need more rounds. Processor seconds of a path on 20,000 x 100 with
# 0, .05, .1: Poisson .36, .31, .33; logistic .50, .43, .50.
_UNCHANGED = 0.05
# Rounds at one strength after which every Hessian is new. With 1, 2 and 4, a cross-validation of
# logistic loss on 600 x 20 took 75, 75 and 85 rounds.
_ROUNDS_OF_OLD = 2


@dataclass(frozen=True, eq=False)
class Reweighted(PathMethod):
    """All problems together on a tall, dense X, for losses that are not quadratic.

    Attributes
    ----------
    classes : RowClasses
        Groups of rows whose weights are proportional in all problems.
    """

    classes: RowClasses

    name = "reweighted"

    @classmethod
    def takes(cls, traits: Traits) -> bool:
        """Return True if X is tall, the loss not quadratic, and only the problems' weights differ."""
        fits = traits.has_kernel and not traits.loss.is_quadratic
        return fits and traits.are_alike and traits.is_tall

    @classmethod
    def prepare(
        cls,
        specification: Specification,
        plain: Sequence[Problem],
        judging: Sequence[Array],
        workers: Workers,
    ) -> PathMethod:
        """Find the classes of rows; return `Lockstep` if there are too many."""
        lockstep = Lockstep.prepare(specification, plain, judging, workers)
        classes = RowClasses.of([problem.weights for problem in plain])
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

    The parameters are those of `solve_from_moments`, with the row classes ``classes`` for ``sums``.
    """
    began = time.perf_counter()
    p = problems[0].design.shape[1]
    ahead = max(1, min(_AHEAD, _NUMBERS_AHEAD // (problems[0].y.shape[0] * len(problems))))
    nothing = [np.zeros((1, p))] * len(problems)
    levels = [problem.null.intercept for problem in problems]
    evaluations = evaluate_losses(problems, nothing, levels, workers)
    tracks = [
        ModelTrack(
            problem=problem,
            strengths=grid.strengths,
            l1_ratio=grid.l1_ratio,
            settings=settings,
            tried=points_of(evaluation, level),
            eta=evaluation.loss.eta[0],
            ahead=ahead,
            most_ahead=ahead,
        )
        for problem, evaluation, level in zip(problems, evaluations, levels, strict=True)
    ]
    hessians = _Hessians(problems[0], workers)
    while not all(track.done for track in tracks):
        active = [f for f, track in enumerate(tracks) if not track.done]
        moments = _moments(tracks, active, classes, hessians)

        def propose(f: int, moments: Mapping[int, Moments] = moments) -> list[Point]:
            return tracks[f].propose(moments[f])

        fits = len(active) * ahead
        proposals = workers.map(propose, active, fits * p**2)
        evaluations = evaluate_losses(
            [problems[f] for f in active],
            [np.stack([proposal.coef for proposal in some]) for some in proposals],
            [np.array([proposal.intercept for proposal in some]) for some in proposals],
            workers,
        )
        workers.map(
            lambda pair: tracks[pair[0]].judge(pair[1]),
            list(zip(active, evaluations, strict=True)),
            fits * problems[0].y.size,
        )
        progress(sum(track.position for track in tracks) / (len(tracks) * grid.strengths.size))
    seconds = time.perf_counter() - began
    features = np.arange(p)
    return tuple(track.path_on(features, seconds, Reweighted.name) for track in tracks)


class _Hessians:
    """Cross-products of X weighted by curvature, used again while the curvature hardly changes.

    Parameters
    ----------
    problem : Problem
        Any of the problems, which share X.
    workers : Workers
    """

    def __init__(self, problem: Problem, workers: Workers) -> None:
        self.centered = problem.fit_intercept
        self._workers = workers
        layout = problem.design.layout()
        array = layout.dense()
        assert array is not None
        self._array, self._nothing = array, np.zeros(array.shape[0])
        mean = layout.center + layout.scale * problem.column_moments[0]
        self._shift = mean if self.centered else None
        self._known: dict[int | None, tuple[Array, ClassSums]] = {}

    def sums(self, key: int | None, curved: RowClasses, most_changed: float) -> ClassSums:
        """Return the sums of weighted classes of rows; known ones if the weights have hardly changed.

        Parameters
        ----------
        key : int or None
            The problem whose curvature it is, None for the one that all share.
        curved : RowClasses
            Rows with weights times curvatures.
        most_changed : float
            Largest sum of changes, as a fraction of the weights' sum, at which known sums are used.
        """
        if key in self._known:
            weights, known = self._known[key]
            changed = np.abs(curved.weights - weights).sum()
            if changed < most_changed * weights.sum():
                return known
        found = sum_moments(self._array, self._nothing, curved, self._shift, self._workers)
        self._known[key] = curved.weights, found
        return found


def _moments(
    tracks: Sequence[ModelTrack], active: Sequence[int], classes: RowClasses, hessians: _Hessians
) -> dict[int, Moments]:
    """Return the cross-products of X weighted by the curvature, for the active problems.

    All problems share the curvature of the full data. A problem gets its own curvature if that is cheap,
    or after several rounds without success.
    """
    n, p = tracks[0].problem.design.shape
    centered = hessians.centered
    moments = {}

    def most_changed(track: ModelTrack) -> float:
        return _UNCHANGED / len(active) if track.rounds < _ROUNDS_OF_OLD else 0.0

    patient = [f for f in active if tracks[f].rounds < PATIENCE and not tracks[f].careful]
    if patient and n * p**2 * len(active) > _LITTLE:
        curved = replace(classes, weights=classes.weights * _curvature(tracks[0]))
        sums = hessians.sums(None, curved, most_changed(tracks[0]))
        moments = {f: sums.moments(f, centered) for f in patient}
    for f in set(active) - set(moments):
        weights = tracks[f].problem.weights * _curvature(tracks[f])
        alone = RowClasses(np.where(weights > 0, 0, -1), weights, np.ones((1, 1)))
        moments[f] = hessians.sums(f, alone, most_changed(tracks[f])).moments(0, centered)
    return moments


def _curvature(track: ModelTrack) -> Array:
    """Return the curvature of each row of weight 1 at a problem's current fit."""
    problem = track.problem
    ones = np.ones_like(problem.weights)
    if track.careful:
        return problem.loss.majorant(track.eta[:, None], problem.y, ones)[:, 0]
    curvature = problem.loss.diagonal_curvature(track.eta[:, None], problem.y, ones)[:, 0]
    # If a prediction is nearly certain, the curvature vanishes and the model's step would be too long.
    return np.maximum(curvature, problem.loss.smallest_curvature(problem.y, ones)[:, 0])
