r"""Path method by reweighting for rows that are not in memory: few scans, all strengths at once.

The steps are those of `Reweighted`, but a scan of the rows costs more than anything else, so each
evaluates points at many strengths of all problems together. The first rounds solve some strengths, the
anchors, with a Hessian at each: Newton's method. The other strengths then start from the nearest
anchor. Between two anchors the Hessian is interpolated, with a small error: two or three rounds reach
the tolerance. Problems of folds share the curvature of the full data's solution.

Source: Lee, Sun and Saunders (2014), "Proximal Newton-type methods for minimizing composite functions".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, Traits
from bridle.elastic_net.methods.certificates.evaluation import on_the_array
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.moments import ClassSums, Moments
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.streaming.loss_scan import LossSums, Solutions
from bridle.elastic_net.streaming.rows_track import Evaluated, RowsTrack
from bridle.threads.workers import Workers
from bridle.types import Array, IntArray

__all__ = ["Evaluate", "ReweightedRows"]


Evaluate = Callable[[Solutions, Solutions, Array], LossSums]
"""Scans the rows at some solutions, and at those with a Hessian, about a shift (p,)."""

_Choice = tuple[int, int, IntArray]
"""A problem, a grid, and places along it."""

# Strengths of a grid that are solved first, and most Hessians of a scan along it. With 20, one of ten
# scans is saved, which costs about as much as ten more Hessians in each of the first scans.
_ANCHORS = 10
# Bytes of the Hessians that a scan sums; each thread has some three times as many.
_MOST_BYTES = 60_000_000
# Relative gap of the anchors at which the other strengths are tried too: they then start close enough
# for Newton's method to converge.
_NEAR = 1e-3
# Rounds after which they are tried in any case.
_MOST_ALONE = 6


@dataclass(frozen=True, eq=False)
class ReweightedRows(PathMethod):
    """All strengths of all problems together, for losses that are not quadratic.

    Attributes
    ----------
    sums : ClassSums
        Cross-products of the rows of each fold, for the first step.
    nulls : Evaluated
        The null model of each problem.
    saturated : ndarray of shape (folds,)
        Loss of the saturated model on each fold's rows, with the weights of the rows.
    evaluate : callable
    """

    sums: ClassSums
    nulls: Evaluated
    saturated: Array
    evaluate: Evaluate

    name = "reweighted"

    @classmethod
    def takes(cls, traits: Traits) -> bool:
        """Return False: the method is for rows that are not in memory."""
        return False

    def solve(
        self, grid: Grid, solver: CoordinateDescent, workers: Workers, progress: Progress
    ) -> tuple[SolvedPath, ...]:
        """Solve each problem at each strength."""
        return self.solve_grids([grid], solver, workers, progress)[0]

    def solve_grids(
        self,
        grids: Sequence[Grid],
        solver: CoordinateDescent,
        workers: Workers,
        progress: Progress,
    ) -> list[tuple[SolvedPath, ...]]:
        """Solve each problem at each strength of all grids, which share the scans."""
        began = time.perf_counter()
        tracks = [
            [
                RowsTrack(
                    problem=problem, grid=grid, settings=solver, null=self.nulls.take(np.array([f]))
                )
                for f, problem in enumerate(self.problems)
            ]
            for grid in grids
        ]
        fits = int(_MOST_BYTES // (len(grids) * self.sums.sums.nbytes))
        each = min(max(fits, 1), _ANCHORS)
        hessians = [_Hessians(self, each) for _ in grids]
        anchors = [_spread(np.arange(grid.strengths.size), max(each, 3)) for grid in grids]
        rounds, joined = 0, False
        while any(track.open.any() for row in tracks for track in row):
            pairs = zip(tracks, anchors, strict=True)
            near = all(track.is_near(some, _NEAR) for row, some in pairs for track in row)
            joined = joined or near or rounds == _MOST_ALONE
            self._round(tracks, hessians, None if joined else anchors, workers)
            rounds += 1
        seconds = time.perf_counter() - began
        return [
            tuple(
                track.path(seconds, self.name, self._errors(f, track))
                for f, track in enumerate(row)
            )
            for row in tracks
        ]

    def _round(
        self,
        tracks: Sequence[Sequence[RowsTrack]],
        hessians: Sequence[_Hessians],
        anchors: Sequence[IntArray] | None,
        workers: Workers,
    ) -> None:
        """Improve the points at the anchors, or at all strengths, by one scan."""
        chosen = _chosen(tracks, anchors)

        def propose(choice: _Choice) -> tuple[Array, Array]:
            f, r, places = choice
            return tracks[r][f].propose(places, lambda place: hessians[r].at(place, f))

        proposals = workers.map(propose, chosen)
        wanted = [
            (r, place, *point)
            for r, row in enumerate(tracks)
            for place, point in _centres(row[0], r, chosen, proposals, hessians[r].most)
        ]
        found = self.evaluate(
            self._solutions([f for f, _, _ in chosen], proposals),
            self._solutions(
                [0] * len(wanted), [(coef[None, :], level) for _, _, coef, level in wanted]
            ),
            self.shift,
        )
        first = np.cumsum([0, *(len(levels) for _, levels in proposals)])
        for k, (f, r, places) in enumerate(chosen):
            some = slice(first[k], first[k + 1])
            tracks[r][f].judge(places, self._evaluated(f, *proposals[k], found, some))
        for number, (r, place, coef, _) in enumerate(wanted):
            # Only accepted points are starts of models; at a rejected one the curvature differs.
            if np.array_equal(coef, tracks[r][0].points.coefs[place]):
                hessians[r].add(place, found.hessians[number])

    @cached_property
    def shift(self) -> Array:
        """Shift of the features in Hessians: their means, or 0 without an intercept."""
        if not self.problems[0].fit_intercept:
            return np.zeros_like(self.sums.shift)
        return self.sums.moments(0, centered=True).mean

    def _solutions(self, owners: Sequence[int], points: Sequence[tuple[Array, Array]]) -> Solutions:
        """Return solutions on the scale of the rows, given coefficients and intercepts of problems."""
        if not points:
            p = self.sums.shift.size
            return Solutions(np.empty((0, p)), np.empty(0), np.empty(0, dtype=np.int64))
        layouts = [self.problems[f].design.layout() for f in owners]
        raws, levels = on_the_array(
            layouts, [coefs for coefs, _ in points], [levels for _, levels in points]
        )
        sizes = [len(levels) for _, levels in points]
        return Solutions(raws, levels, np.repeat(np.array(owners, dtype=np.int64), sizes))

    def _evaluated(
        self, f: int, coefs: Array, intercepts: Array, found: LossSums, some: slice
    ) -> Evaluated:
        problem, count = self.problems[f], found.tests.size
        layout = problem.design.layout()
        totals, products = found.totals[:, some], found.products[:, :count][:, some]
        if problem.fit_intercept:
            # The dual point must sum to 0.
            _, residual, curvature, _ = totals
            share = np.divide(residual, curvature, out=np.zeros_like(residual), where=curvature > 0)
            products = products - share * found.products[:, count:][:, some]
        return Evaluated(
            coefs, intercepts, totals, products / layout.scale[:, None], found.tests[some]
        )

    def _errors(self, f: int, track: RowsTrack) -> Array | None:
        """Return the mean deviance of each point on a fold's test rows."""
        if f == 0:
            return None
        weight = float(self.sums.ones[f - 1, 0])
        return 2 * (track.points.tests - self.saturated[f - 1]) / weight


@dataclass(eq=False)
class _Hessians:
    """Hessians along one grid, from the solutions of all rows; between them they are interpolated.

    Attributes
    ----------
    method : ReweightedRows
    most : int
        Most Hessians of a scan. Three times as many are kept.
    """

    method: ReweightedRows
    most: int
    known: dict[int, Array] = field(default_factory=dict)

    def add(self, place: int, sums: Array) -> None:
        """Set the Hessian of a place, and forget the oldest if there are too many."""
        self.known.pop(place, None)
        self.known[place] = sums
        while len(self.known) > 3 * self.most:
            del self.known[next(iter(self.known))]

    def at(self, place: int, f: int) -> Moments:
        """Return the Hessian of a problem at a place, of weight the sum of its curvatures."""
        sums, problem = self.method.sums, self.method.problems[f]
        if not self.known:
            total = sums.moments(f, problem.fit_intercept)
            return replace(total, weight=float(self.method.nulls.totals[2, f]))
        there = replace(sums, sums=self._between(place), shift=self.method.shift, level=0.0)
        moments = there.moments(f, problem.fit_intercept)
        share = float(problem.weights.max() / sums.shares[:, f].max())
        return replace(moments, weight=moments.weight * share)

    def _between(self, place: int) -> Array:
        places = np.array(sorted(self.known))
        after = int(np.searchsorted(places, place))
        if after == len(places):
            return self.known[int(places[-1])]
        if after == 0 or places[after] == place:
            return self.known[int(places[after])]
        low, high = int(places[after - 1]), int(places[after])
        share = (place - low) / (high - low)
        return (1 - share) * self.known[low] + share * self.known[high]


def _chosen(
    tracks: Sequence[Sequence[RowsTrack]], anchors: Sequence[IntArray] | None
) -> list[_Choice]:
    """Return where points are tried next: at the anchors, or at all strengths, that are open."""
    chosen = []
    for f in range(len(tracks[0])):
        for r, row in enumerate(tracks):
            places = np.flatnonzero(row[f].open)
            if anchors is not None:
                places = np.intersect1d(places, anchors[r])
            if places.size:
                chosen.append((f, r, places))
    return chosen


def _centres(
    whole: RowsTrack,
    r: int,
    chosen: Sequence[_Choice],
    proposals: Sequence[tuple[Array, Array]],
    most: int,
) -> Iterator[tuple[int, tuple[Array, Array]]]:
    """Yield where to compute Hessians of a grid: places that are tried, and the points of all rows."""
    tried = [places for _, s, places in chosen if s == r]
    if not tried:
        return
    coefs, levels = whole.points.coefs.copy(), whole.points.intercepts.copy()
    for (f, s, places), (coef, level) in zip(chosen, proposals, strict=True):
        if (f, s) == (0, r):
            coefs[places], levels[places] = coef, level
    for place in _spread(np.unique(np.concatenate(tried)), most):
        yield int(place), (coefs[place], levels[place : place + 1])


def _spread(places: IntArray, most: int) -> IntArray:
    """Return at most so many of the places, evenly spread, the last among them."""
    if places.size <= most:
        return places
    return places[np.linspace(0, places.size - 1, most).round().astype(np.int64)[::-1]][::-1]
