"""Choice of a path method, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress
from bridle.elastic_net.methods.lockstep import Lockstep
from bridle.elastic_net.methods.moments import OnMoments
from bridle.elastic_net.methods.one_by_one import OneByOne
from bridle.elastic_net.methods.reweighted import Reweighted
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.types import Array
from bridle.workers import Workers

__all__ = ["Methods", "choose"]


# The first that takes the problems is taken.
_TOGETHER: tuple[type[PathMethod], ...] = (OnMoments, Reweighted, Lockstep)


@dataclass(frozen=True, eq=False)
class Methods:
    """How some problems are solved: all together where a grid allows it, else one by one.

    Attributes
    ----------
    together : PathMethod
    alone : OneByOne
    """

    together: PathMethod
    alone: OneByOne

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, prepared."""
        return self.together.problems

    def of(self, grid: Grid) -> PathMethod:
        """Return the method for a grid: without an l1 part, or with a strength 0, it is one by one."""
        return self.together if grid.l1_ratio > 0 and np.all(grid.strengths > 0) else self.alone

    def solve(
        self,
        grids: Sequence[Grid],
        solver: CoordinateDescent,
        workers: Workers,
        progress: Progress = lambda share: None,
    ) -> list[tuple[SolvedPath, ...]]:
        """Solve each problem at each strength of each grid, in the caller's order of strengths."""
        found = []
        for number, grid in enumerate(grids):
            begin = number / len(grids)

            def part(share: float, begin: float = begin) -> None:
                progress(begin + share / len(grids))

            order = np.argsort(-grid.strengths, kind="stable")
            falling = Grid(grid.strengths[order], grid.l1_ratio)
            paths = self.of(grid).solve(falling, solver, workers, part)
            found.append(tuple(path.reordered(np.argsort(order)) for path in paths))
        return found

    def confirm(
        self,
        grids: Sequence[Grid],
        solved: Sequence[Sequence[SolvedPath]],
        tol: float,
        workers: Workers,
        chosen: tuple[int, int] | None = None,
    ) -> list[tuple[SolvedPath, ...]]:
        """Certify against X what rests on less, all grids in one reading: see `PathMethod.confirm`."""
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
    """Choose how the problem of all rows and one for each training set are solved, and prepare them.

    Parameters
    ----------
    specification : Specification
    training, judging : sequence of F ndarray of shape (n,)
        How often each row counts in a fold's training and in its test set.
    l1_ratios : sequence of float
        That will be asked for.
    workers : Workers
    """
    plain = specification.unprepared(training)
    kinds = [one for one in _TOGETHER if max(l1_ratios) > 0 and one.takes(plain)]
    kind = kinds[0] if kinds else OneByOne
    rows = [one * specification.row_weights() for one in judging]
    together = kind.prepare(specification, plain, [one / one.sum() for one in rows], workers)
    return Methods(together, OneByOne(together.problems))
