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
from dataclasses import dataclass, replace

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, are_alike
from bridle.elastic_net.methods.certificates.design_pass import look_at_design
from bridle.elastic_net.methods.lockstep import Lockstep
from bridle.elastic_net.methods.model_track import PATIENCE, ModelTrack, Point, points_of
from bridle.elastic_net.methods.moments import is_tall
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.moments import Moments, sum_moments
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.types import Array
from bridle.workers import Workers

__all__ = ["Reweighted", "solve_reweighted"]


_AHEAD = 16
_NUMBERS_AHEAD = 4_000_000
_LITTLE = 2e8


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
        ModelTrack(
            problem=problem,
            strengths=grid.strengths,
            l1_ratio=grid.l1_ratio,
            settings=settings,
            tried=points_of(look, level),
            eta=look.loss.eta[0],
            ahead=ahead,
            most_ahead=ahead,
        )
        for problem, look, level in zip(problems, looks, levels, strict=True)
    ]
    while not all(one.done for one in tracks):
        active = [f for f, one in enumerate(tracks) if not one.done]
        moments = _moments(tracks, active, classes, workers)

        def propose(f: int, moments: Mapping[int, Moments] = moments) -> list[Point]:
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
    features = np.arange(p)
    return tuple(one.path_on(features, seconds, Reweighted.name) for one in tracks)


def _moments(
    tracks: Sequence[ModelTrack], active: Sequence[int], classes: RowClasses, workers: Workers
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
    patient = [f for f in active if tracks[f].rounds < PATIENCE and not tracks[f].careful]
    if patient and n * p**2 * len(active) > _LITTLE:
        curved = replace(classes, weights=classes.weights * _curvature(tracks[0]))
        sums = sum_moments(array, nothing, curved, shift, workers)
        moments = {f: sums.moments(f, centered) for f in patient}
    for f in set(active) - set(moments):
        weights = tracks[f].problem.weights * _curvature(tracks[f])
        alone = RowClasses(np.where(weights > 0, 0, -1), weights, np.ones((1, 1)))
        moments[f] = sum_moments(array, nothing, alone, shift, workers).moments(0, centered)
    return moments


def _curvature(track: ModelTrack) -> Array:
    """Return the curvature of each row of weight 1 where a problem is by now."""
    problem = track.problem
    ones = np.ones_like(problem.weights)
    if track.careful:
        return problem.loss.majorant(track.eta[:, None], problem.y, ones)[:, 0]
    curvature = problem.loss.diagonal_curvature(track.eta[:, None], problem.y, ones)[:, 0]
    # Where a prediction is certain the curvature vanishes and the model would jump.
    return np.maximum(curvature, problem.loss.smallest_curvature(problem.y, ones)[:, 0])
