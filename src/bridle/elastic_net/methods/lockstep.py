r"""Paths of several problems on one X, in lockstep.

Problems that differ in their weights (the full data and its folds) advance together along the
strengths, each on a working set of its own. Each round

1. solves some strengths ahead for every problem on its working set;
2. reads X once, for the slopes of all features under all these solutions (`_core.screen`);
3. accepts, for each problem, the strengths up to the first whose certificate falls short, and lets
   the features that exceed their strength there, or soon will, join.

So one reading of X serves all problems and many strengths, and nothing p x p is ever formed. Sums have
a fixed order: the number of threads changes no bit.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.design import ColumnStore, FetchedColumns, column_store
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, are_alike
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import RowLoss
from bridle.elastic_net.methods.screening import Screening
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.methods.track import Track, Window
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.working_set.inner_columns import InnerColumns
from bridle.elastic_net.working_set.inner_gram import InnerGram
from bridle.elastic_net.working_set.working_set import WorkingSet
from bridle.types import Array, IntArray
from bridle.workers import Workers

__all__ = ["Lockstep", "solve_in_lockstep"]


_JOINING = 0.98
_MOST_JOINING = 512


@dataclass(frozen=True, eq=False)
class Lockstep(PathMethod):
    """All problems together on one X, which is read for all of them at once."""

    name = "lockstep"

    @classmethod
    def takes(cls, problems: Sequence[Problem]) -> bool:
        """Whether the problems differ in their weights only."""
        return are_alike(problems)

    def solve(
        self, grid: Grid, solver: CoordinateDescent, workers: Workers, progress: Progress
    ) -> tuple[SolvedPath, ...]:
        """Solve each problem at each strength."""
        return solve_in_lockstep(self.problems, grid, solver, workers, progress)


def solve_in_lockstep(
    problems: Sequence[Problem],
    grid: Grid,
    settings: CoordinateDescent,
    workers: Workers,
    progress: Progress = lambda share: None,
) -> tuple[SolvedPath, ...]:
    """Solve every problem at every strength.

    Parameters
    ----------
    problems : sequence of Problem
        That `are_alike`.
    grid : Grid
        Strengths decreasing and positive, l1_ratio in (0, 1].
    settings : CoordinateDescent
        Gives ``tol``.
    workers : Workers
    progress : callable
        Told the share of the work that is done.

    Returns
    -------
    tuple of SolvedPath
    """
    began = time.perf_counter()
    state = _Lockstep.begin(problems, grid, settings, workers)
    while not state.done:
        state.round()
        progress(state.share)
    seconds = time.perf_counter() - began
    return tuple(one.solved(seconds, Lockstep.name) for one in state.tracks)


@dataclass
class _Lockstep:
    """All problems on their way."""

    tracks: list[Track]
    store: ColumnStore
    screening: Screening
    workers: Workers

    @classmethod
    def begin(
        cls,
        problems: Sequence[Problem],
        grid: Grid,
        settings: CoordinateDescent,
        workers: Workers,
    ) -> _Lockstep:
        first = problems[0]
        weights = np.sum([one.weights for one in problems], axis=0)
        store = column_store(first.design.layout(), weights, first.fit_intercept)
        tracks = [Track(_working_set(problem, store), *grid, settings) for problem in problems]
        return cls(tracks, store, Screening(problems, workers), workers)

    @property
    def done(self) -> bool:
        return all(one.done for one in self.tracks)

    @property
    def share(self) -> float:
        """How much of the work is done."""
        return sum(one.position for one in self.tracks) / sum(
            one.strengths.size for one in self.tracks
        )

    def round(self) -> None:
        """Try some strengths of every problem and accept what is certified."""
        groups = [g for g, one in enumerate(self.tracks) if not one.done]
        tracks = [self.tracks[g] for g in groups]
        windows = self.workers.map(Track.look_ahead, tracks)
        first = np.cumsum([0, *(one.l1.size for one in windows)])
        right = np.empty((tracks[0].working.problem.y.shape[0], first[-1]))
        losses = self.workers.map(
            lambda g: RowLoss.look(
                tracks[g].working.problem, windows[g].attempt.eta, right, int(first[g])
            ),
            range(len(tracks)),
        )
        worst, reach = self.screening.look(groups, windows, right)
        self.workers.map(
            lambda g: _judge(tracks[g], windows[g], losses[g], worst[g]), range(len(tracks))
        )
        joining = [_joining(row, one.working.size) for row, one in zip(reach, tracks, strict=True)]
        self.store.fetch(np.unique(np.concatenate(joining)))
        for group, features in zip(groups, joining, strict=True):
            self.screening.hold(group, features)
        self.workers.map(
            lambda pair: pair[0].working.join(pair[1]),
            [(track, new) for track, new in zip(tracks, joining, strict=True) if new.size],
        )


def _working_set(problem: Problem, store: ColumnStore) -> WorkingSet:
    """Choose cross-products where they do not change: near interpolation descent alone is slow."""
    if problem.loss.is_quadratic and isinstance(store, FetchedColumns):
        return WorkingSet(problem, store, InnerGram(problem, store))
    return WorkingSet(problem, store, InnerColumns(problem))


def _judge(track: Track, window: Window, loss: RowLoss, worst: Array) -> None:
    working = track.working
    slopes = working.slopes(loss.dual)
    point = WorkingPoint(working.features, window.attempt.coef, slopes, worst, loss)
    certificates = certify_working_set(working.problem, window.strengths, track.l1_ratio, point)
    track.accept(window, certificates, worst)


def _joining(reach: Array, size: int) -> IntArray:
    joining = np.flatnonzero(reach > _JOINING)
    most = max(_MOST_JOINING, size)
    if joining.size > most:
        joining = np.sort(joining[np.argsort(-reach[joining], kind="stable")[:most]])
    return joining
