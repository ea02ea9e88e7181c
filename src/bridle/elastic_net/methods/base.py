"""Path method: how problems that differ in their weights are solved along a grid of strengths."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.column_moments import fold_moments
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.types import Array
from bridle.workers import Workers

__all__ = ["PathMethod", "Progress", "are_alike"]


Progress = Callable[[float], None]
"""Is told the share of the work that is done."""


@dataclass(frozen=True, eq=False)
class PathMethod(ABC):
    """Problems, and all that one way to solve them needs to know beforehand.

    Attributes
    ----------
    problems : tuple of F Problem
        They keep their factors and bounds; l1 and l2 are replaced.
    """

    problems: tuple[Problem, ...]

    name: ClassVar[str]
    """As results call it."""

    @classmethod
    @abstractmethod
    def takes(cls, problems: Sequence[Problem]) -> bool:
        """Whether it can solve them by coordinate descent, at positive strengths with an l1 part."""

    @classmethod
    def prepare(
        cls,
        specification: Specification,
        plain: Sequence[Problem],
        judging: Sequence[Array],
        workers: Workers,
    ) -> PathMethod:
        """Read X for what the problems need to know before any is solved.

        Parameters
        ----------
        specification : Specification
        plain : sequence of F Problem
            Its problems, of which X has not been read.
        judging : sequence of ndarray of shape (n,)
            Weights of the rows that judge the last problems, one vector for each of these.
        workers : Workers
        """
        weights = [one.weights for one in plain]
        moments = fold_moments(specification.design, weights, workers)
        return cls(tuple(specification.prepared(plain, moments)))

    @abstractmethod
    def solve(
        self, grid: Grid, solver: CoordinateDescent, workers: Workers, progress: Progress
    ) -> tuple[SolvedPath, ...]:
        """Solve each problem at each strength, which decrease."""

    def confirm(
        self,
        grids: Sequence[Grid],
        solved: Sequence[Sequence[SolvedPath]],
        tol: float,
        workers: Workers,
        chosen: tuple[int, int] | None = None,
    ) -> list[tuple[SolvedPath, ...]]:
        """Return paths whose certificates come from X itself, at the strengths that matter.

        Parameters
        ----------
        grids : sequence of R Grid
        solved : sequence of R sequences of F SolvedPath
        tol : float
        workers : Workers
        chosen : (int, int), optional
            The grid and the strength that were chosen.
        """
        return [tuple(paths) for paths in solved]


def are_alike(problems: Sequence[Problem]) -> bool:
    """Whether problems of a loss with a kernel, all penalised, differ in their weights only."""
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
    return alike and first.has_kernel and bool(np.all(first.factors > 0))
