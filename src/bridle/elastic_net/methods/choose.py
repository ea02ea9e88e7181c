"""Choice of a path method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, Traits
from bridle.elastic_net.methods.lockstep import Lockstep
from bridle.elastic_net.methods.moments import OnMoments
from bridle.elastic_net.methods.one_by_one import OneByOne
from bridle.elastic_net.methods.reweighted import Reweighted
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["Methods", "choose"]


# The first of these that takes the problems is chosen.
_TOGETHER: tuple[type[PathMethod], ...] = (OnMoments, Reweighted, Lockstep)


@dataclass(frozen=True, eq=False)
class Methods:
    """The two methods for some problems: together if the grid allows it, else one by one.

    Attributes
    ----------
    together : PathMethod
    alone : OneByOne
        For grids without an l1 penalty or with a strength of 0.
    """

    together: PathMethod
    alone: OneByOne

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The prepared problems."""
        return self.together.problems

    def of(self, grid: Grid) -> PathMethod:
        """Return the method for a grid: one by one without l1 penalty or with a strength of 0."""
        return self.together if grid.l1_ratio > 0 and np.all(grid.strengths > 0) else self.alone

    def solve(
        self,
        grids: Sequence[Grid],
        solver: CoordinateDescent,
        workers: Workers,
        progress: Progress = lambda share: None,
    ) -> list[tuple[SolvedPath, ...]]:
        """Solve each problem along each grid; results are in the order of the grid's strengths."""
        orders = [np.argsort(-grid.strengths, kind="stable") for grid in grids]
        found: dict[int, tuple[SolvedPath, ...]] = {}
        for method in (self.together, self.alone):
            mine = [r for r, grid in enumerate(grids) if self.of(grid) is method]
            falling = [Grid(grids[r].strengths[orders[r]], grids[r].l1_ratio) for r in mine]
            begin, part = len(found) / len(grids), len(mine) / len(grids)

            def advance(share: float, begin: float = begin, part: float = part) -> None:
                progress(begin + share * part)

            solved = method.solve_grids(falling, solver, workers, advance)
            for r, paths in zip(mine, solved, strict=True):
                found[r] = tuple(path.reordered(np.argsort(orders[r])) for path in paths)
        return [found[r] for r in range(len(grids))]

    def confirm(
        self,
        grids: Sequence[Grid],
        solved: Sequence[Sequence[SolvedPath]],
        tol: float,
        workers: Workers,
        chosen: tuple[int, int] | None = None,
    ) -> list[tuple[SolvedPath, ...]]:
        """Certify against X, in one pass for all grids; see `PathMethod.confirm`."""
        confirmed = [tuple(paths) for paths in solved]
        some = [r for r, grid in enumerate(grids) if self.of(grid) is self.together]
        place = None
        if chosen is not None and chosen[0] in some:
            place = some.index(chosen[0]), chosen[1]
        found = self.together.confirm(
            [grids[r] for r in some], [solved[r] for r in some], tol, workers, place
        )
        for r, paths in zip(some, found, strict=True):
            confirmed[r] = paths
        return confirmed


def choose(
    specification: Specification,
    training: Sequence[Array],
    judging: Sequence[Array],
    l1_ratios: Sequence[float],
    workers: Workers,
) -> Methods:
    """Choose the method for the problem of all rows and one per training set, and prepare it.

    Parameters
    ----------
    specification : Specification
    training, judging : sequence of F ndarray of shape (n,)
        How often each row counts in the training and in the test set of each fold.
    l1_ratios : sequence of float
        Those of the grids that will be solved.
    workers : Workers

    Returns
    -------
    methods : Methods
    """
    plain = specification.unprepared(training)
    traits = Traits.of(plain)
    kinds = [kind for kind in _TOGETHER if max(l1_ratios) > 0 and kind.takes(traits)]
    kind = kinds[0] if kinds else OneByOne
    rows = [counts * specification.row_weights() for counts in judging]
    shares = [weights / weights.sum() for weights in rows]
    together = kind.prepare(specification, plain, shares, workers)
    return Methods(together, OneByOne(together.problems))
