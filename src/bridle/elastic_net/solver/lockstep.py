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
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.design import ColumnStore, FetchedColumns, column_store
from bridle.elastic_net.loss_part import RowLoss
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.solver.grid import Grid
from bridle.elastic_net.solver.inner_columns import InnerColumns
from bridle.elastic_net.solver.inner_gram import InnerGram
from bridle.elastic_net.solver.screening import Screening
from bridle.elastic_net.solver.solved_path import SolvedPath
from bridle.elastic_net.solver.track import Track, Window
from bridle.elastic_net.solver.working_set import WorkingSet
from bridle.elastic_net.workers import Workers
from bridle.elastic_net.working_certificate import WorkingPoint, certify_working_set

__all__ = ["solve_in_lockstep", "supports_lockstep"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_JOINING = 0.98
_MOST_JOINING = 512


def supports_lockstep(problems: Sequence[Problem], l1_ratio: float) -> bool:
    """Whether these problems share what lockstep needs them to share."""
    first = problems[0]
    array = first.design.layout().array
    alike = all(
        one.design.layout().array is array
        and (one.penalty is first.penalty or np.array_equal(one.factors, first.factors))
        and one.fit_intercept == first.fit_intercept
        and (one.y is first.y or np.array_equal(one.y, first.y))
        and (one.offset is first.offset or np.array_equal(one.offset, first.offset))
        for one in problems
    )
    penalised = bool(np.all(first.factors > 0))
    return alike and penalised and first.has_kernel and l1_ratio > 0


def solve_in_lockstep(
    problems: Sequence[Problem],
    grid: Grid,
    settings: CoordinateDescent,
    workers: Workers,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[SolvedPath, ...]:
    """Solve every problem at every strength.

    Parameters
    ----------
    problems : sequence of Problem
        For which `supports_lockstep` holds.
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
    return tuple(one.solved(seconds) for one in state.tracks)


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


def _joining(reach: Array, size: int) -> Index:
    joining = np.flatnonzero(reach > _JOINING)
    most = max(_MOST_JOINING, size)
    if joining.size > most:
        joining = np.sort(joining[np.argsort(-reach[joining], kind="stable")[:most]])
    return joining
