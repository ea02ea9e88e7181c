r"""Path method in lockstep: the full data and all cross-validation folds are fitted together.

A fold shares X and y with the full data and differs only in its row weights (0 for a left-out row). So
all problems advance along the strengths together, each on its own working set, and one pass over X
serves them all. Each round

1. *fits ahead*: every problem fits its next ten strengths on its working set, the features that may be
   non-zero so far; only their columns are read;
2. *screens all features*: one pass over X computes ``x_j'r`` for every feature and trial fit, where r is
   the weighted residual (`Screening`). A feature outside the working set may stay at 0 if
   ``|x_j'r| <= l1 v_j`` (KKT). The same products give the duality gaps;
3. *accepts or extends*: fits before the first one that misses its tolerance are accepted. Features above
   98 % of their KKT limit enter the working set, and so do those that a linear extrapolation of
   ``x_j'r`` predicts above it ten strengths later.

No p x p matrix is ever formed. Sums have a fixed order, so the number of threads does not change the
result. Measurements: docs/design/0002-lockstep.md.

Source: working sets: Massias, Gramfort and Salmon (2018), "Celer: a fast solver for the lasso with dual
extrapolation"; screening along a path: Tibshirani et al. (2012), "Strong rules for discarding predictors
in lasso-type problems".
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.design import ColumnStore, FetchedColumns, column_store
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, Traits
from bridle.elastic_net.methods.certificates.class_bounds import ClassLoss
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import RowLoss
from bridle.elastic_net.methods.certificates.response_bounds import ResponseLoss
from bridle.elastic_net.methods.screening import Screening
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.methods.tracks.working_track import Window, WorkingTrack
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.working_set.choose import choose_inner
from bridle.elastic_net.working_set.working_set import WorkingSet
from bridle.threads.workers import Workers
from bridle.types import Array, IntArray

__all__ = ["Lockstep", "solve_in_lockstep"]


# Screening ratio from which a feature enters: just below 1, it would enter in the next rounds.
# Not tuned: from 0.95 to 0.995, the passes over X on 250 x 600 were as many.
_JOINING = 0.98
# Most features that enter in a round: with more, many would be zero again after it.
_MOST_JOINING = 512


@dataclass(frozen=True, eq=False)
class Lockstep(PathMethod):
    """All problems together on one X, with shared passes over it."""

    name = "lockstep"

    @classmethod
    def takes(cls, traits: Traits) -> bool:
        """Return True if the problems differ only in their weights and their loss has a kernel."""
        return traits.has_inner_solver and traits.are_alike

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
        That differ only in weights.
    grid : Grid
        Strengths decreasing and positive, l1_ratio in (0, 1].
    settings : CoordinateDescent
        Only ``tol`` and ``max_iter`` are used.
    workers : Workers
    progress : callable
        Called with the fraction of the work that is done. Default: nothing is called.

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
    return tuple(
        track.path_on(track.working.features, seconds, Lockstep.name) for track in state.tracks
    )


@dataclass
class _Lockstep:
    """The state of all problems between two rounds."""

    tracks: list[WorkingTrack]
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
        weights = np.sum([problem.weights for problem in problems], axis=0)
        store = column_store(first.design.layout(), weights, first.fit_intercept)
        dense = isinstance(store, FetchedColumns)
        inner = choose_inner(first.loss, first.n_outputs, first.is_tied, dense)
        assert inner is not None
        tracks = [
            WorkingTrack(
                problem=problem,
                strengths=grid.strengths,
                l1_ratio=grid.l1_ratio,
                settings=settings,
                working=WorkingSet(problem, store, inner),
            )
            for problem in problems
        ]
        return cls(tracks, store, Screening(problems, workers), workers)

    @property
    def done(self) -> bool:
        return all(track.done for track in self.tracks)

    @property
    def share(self) -> float:
        """Fraction of the fits that are done."""
        return sum(track.position for track in self.tracks) / sum(
            track.strengths.size for track in self.tracks
        )

    def round(self) -> None:
        """Fit ahead, screen all features, and accept fits or extend the working sets."""
        groups = [g for g, track in enumerate(self.tracks) if not track.done]
        tracks = [self.tracks[g] for g in groups]
        windows = self.workers.map(WorkingTrack.fit_ahead, tracks)
        n, outputs = tracks[0].problem.y.shape
        first = np.cumsum([0, *(outputs * window.l1.size for window in windows)])
        right = np.empty((n, first[-1]))
        kind = _loss_part(tracks[0].problem)
        losses = self.workers.map(
            lambda g: kind.at(
                tracks[g].working.problem, windows[g].attempt.eta, right, int(first[g])
            ),
            range(len(tracks)),
        )
        worst, highest = self.screening.ratios(groups, windows, right)
        self.workers.map(
            lambda g: _judge(tracks[g], windows[g], losses[g], worst[g]), range(len(tracks))
        )
        joining = [
            _joining(row, track.working.size) for row, track in zip(highest, tracks, strict=True)
        ]
        self.store.fetch(np.unique(np.concatenate(joining)))
        for group, features in zip(groups, joining, strict=True):
            self.screening.hold(group, features)
        self.workers.map(
            lambda pair: pair[0].working.join(pair[1]),
            [(track, new) for track, new in zip(tracks, joining, strict=True) if new.size],
        )


def _loss_part(problem: Problem) -> type[RowLoss | ClassLoss | ResponseLoss]:
    if problem.n_outputs == 1:
        return RowLoss
    return ClassLoss if problem.loss.has_class_kernel else ResponseLoss


def _judge(
    track: WorkingTrack, window: Window, loss: RowLoss | ClassLoss | ResponseLoss, worst: Array
) -> None:
    working, outputs, count = track.working, track.problem.n_outputs, window.l1.size
    # One output after the other, as the coefficients are.
    negative_gradients = (
        working.products(loss.dual).reshape(working.size, outputs, count).swapaxes(0, 1)
    )
    point = WorkingPoint(
        np.tile(working.features, outputs),
        window.attempt.coef.reshape(count, -1),
        negative_gradients.reshape(-1, count),
        worst,
        loss,
    )
    certificates = certify_working_set(working.problem, window.strengths, track.l1_ratio, point)
    track.accept(window, certificates, worst)


def _joining(ratio: Array, size: int) -> IntArray:
    joining = np.flatnonzero(ratio > _JOINING)
    most = max(_MOST_JOINING, size)
    if joining.size > most:
        joining = np.sort(joining[np.argsort(-ratio[joining], kind="stable")[:most]])
    return joining
