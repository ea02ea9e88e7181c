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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress
from bridle.elastic_net.methods.certificates.evaluation import on_the_array
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.moments import ClassSums, Moments
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.streaming.loss_scan import LossSums, Solutions
from bridle.elastic_net.streaming.rows_track import Evaluated, RowsTrack
from bridle.threads.workers import Workers
from bridle.types import Array, IntArray

__all__ = ["Evaluate", "ReweightedRows"]


Evaluate = Callable[[Solutions, Solutions, Array], LossSums]
"""Scans the rows at some solutions, and at those with a Hessian, about a shift (p,)."""

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
    def takes(cls, problems: Sequence[Problem]) -> bool:
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
        alone = 0
        while any(track.open.any() for row in tracks for track in row):
            if alone >= 0:
                pairs = zip(tracks, anchors, strict=True)
                near = all(track.is_near(some, _NEAR) for row, some in pairs for track in row)
                alone = -1 if near or alone == _MOST_ALONE else alone + 1
            self._round(tracks, hessians, anchors if alone >= 0 else None, workers)
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
        chosen: list[tuple[int, int, IntArray]] = []
        for f in range(len(self.problems)):
            for r, row in enumerate(tracks):
                places = np.flatnonzero(row[f].open)
                if anchors is not None:
                    places = np.intersect1d(places, anchors[r])
                if places.size:
                    chosen.append((f, r, places))

        def propose(choice: tuple[int, int, IntArray]) -> tuple[Array, Array]:
            f, r, places = choice
            return tracks[r][f].propose(places, lambda place: hessians[r].at(place, f))

        proposals = workers.map(propose, chosen)
        wanted = []
        for r, row in enumerate(tracks):
            left = [places for _, s, places in chosen if s == r]
            if left:
                mine = [k for k, (f, s, _) in enumerate(chosen) if (f, s) == (0, r)]
                coefs, levels = row[0].points.coefs.copy(), row[0].points.intercepts.copy()
                for k in mine:
                    coefs[chosen[k][2]], levels[chosen[k][2]] = proposals[k]
                places = hessians[r].wanted(np.unique(np.concatenate(left)))
                wanted += [(r, int(place), coefs[place], levels[place]) for place in places]
        owners = np.array([f for f, _, _ in chosen])
        solutions = self._solutions(
            owners, [pair[0] for pair in proposals], [pair[1] for pair in proposals]
        )
        at = self._solutions(
            np.zeros(len(wanted), dtype=np.int64),
            [coef[None, :] for _, _, coef, _ in wanted],
            [np.array([level]) for _, _, _, level in wanted],
        )
        found = self.evaluate(solutions, at, self.shift)
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

    def _solutions(
        self, owners: IntArray, coefs: Sequence[Array], intercepts: Sequence[Array]
    ) -> Solutions:
        """Return solutions on the scale of the rows, given those of some problems."""
        p = self.sums.shift.size
        if not len(coefs):
            return Solutions(np.empty((0, p)), np.empty(0), np.empty(0, dtype=np.int64))
        layouts = [self.problems[f].design.layout() for f in owners]
        raws, levels = on_the_array(layouts, coefs, intercepts)
        sizes = [len(some) for some in intercepts]
        return Solutions(raws, levels, np.repeat(owners, sizes).astype(np.int64))

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

    def wanted(self, places: IntArray) -> IntArray:
        """Return the places, among those where points are tried, at which to compute the next."""
        return _spread(places, self.most)

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


def _spread(places: IntArray, most: int) -> IntArray:
    """Return at most so many of the places, evenly spread, the last among them."""
    if places.size <= most:
        return places
    return places[np.linspace(0, places.size - 1, most).round().astype(np.int64)[::-1]][::-1]
