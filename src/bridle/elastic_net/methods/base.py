"""Path method: base class of the ways to solve several problems along a grid of strengths."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.column_moments import fold_moments
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.working_set.choose import choose_inner
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["PathMethod", "Progress", "Traits"]


Progress = Callable[[float], None]
"""Called with the fraction of the work that is done."""


# Most features of tall data: a Gram matrix then takes 32 MB, for each of eleven problems in ten folds.
_MOST_TALL = 2_000


@dataclass(frozen=True)
class Traits:
    """What decides which methods can solve some problems.

    Attributes
    ----------
    loss : Loss
    has_kernel : bool
        Whether the loss has a functor and a single output.
    has_inner_solver : bool
        Whether the problems can be solved on a working set.
    are_alike : bool
        Whether the problems differ only in weights and all features are penalised.
    is_tall : bool
        Whether X is dense and has at most n and at most 2,000 features.
    """

    loss: Loss
    has_kernel: bool
    has_inner_solver: bool
    are_alike: bool
    is_tall: bool

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Traits:
        """Return the traits of problems with one loss."""
        first = problems[0]
        n, p = first.design.shape
        is_dense = first.design.layout().dense() is not None
        inner = choose_inner(first.loss, first.n_outputs, first.is_tied, is_dense)
        return cls(
            first.loss,
            first.has_kernel,
            inner is not None,
            _are_alike(problems),
            is_dense and p <= min(n, _MOST_TALL),
        )


@dataclass(frozen=True, eq=False)
class PathMethod(ABC):
    """A way to solve some problems, with the quantities that it computes once.

    Attributes
    ----------
    problems : tuple of F Problem
        Their factors and bounds are used; l1 and l2 are ignored.
    """

    problems: tuple[Problem, ...]

    name: ClassVar[str]
    """Name of the method in results."""

    @classmethod
    @abstractmethod
    def takes(cls, traits: Traits) -> bool:
        """Return True if the method can solve such problems at positive strengths with l1_ratio > 0."""

    @classmethod
    def prepare(
        cls,
        specification: Specification,
        plain: Sequence[Problem],
        judging: Sequence[Array],
        workers: Workers,
    ) -> PathMethod:
        """Compute from X what is needed before any problem is solved; here, means and variances.

        Parameters
        ----------
        specification : Specification
        plain : sequence of F Problem
            The specification's problems, not yet standardised.
        judging : sequence of ndarray of shape (n,)
            Weights of the test rows of the last problems, one vector for each.
        workers : Workers

        Returns
        -------
        PathMethod
            This method, or another if it turns out not to suit the data.
        """
        weights = [problem.weights for problem in plain]
        moments = fold_moments(specification.design, weights, workers)
        return cls(tuple(specification.prepared(plain, moments)))

    @abstractmethod
    def solve(
        self, grid: Grid, solver: CoordinateDescent, workers: Workers, progress: Progress
    ) -> tuple[SolvedPath, ...]:
        """Solve each problem at each strength of the grid; the strengths must decrease."""

    def solve_grids(
        self,
        grids: Sequence[Grid],
        solver: CoordinateDescent,
        workers: Workers,
        progress: Progress,
    ) -> list[tuple[SolvedPath, ...]]:
        """Solve each problem at each strength of several grids; here, one grid after the other."""
        found = []
        for number, grid in enumerate(grids):

            def part(share: float, number: int = number) -> None:
                progress((number + share) / len(grids))

            found.append(self.solve(grid, solver, workers, part))
        return found

    def confirm(
        self,
        grids: Sequence[Grid],
        solved: Sequence[Sequence[SolvedPath]],
        tol: float,
        workers: Workers,
        chosen: tuple[int, int] | None = None,
    ) -> list[tuple[SolvedPath, ...]]:
        """Certify the fits that matter against X, if their certificates are not from X already.

        Parameters
        ----------
        grids : sequence of R Grid
        solved : sequence of R sequences of F SolvedPath
        tol : float
        workers : Workers
        chosen : (int, int), optional
            Positions of the chosen grid and strength.

        Returns
        -------
        list of R tuples of F SolvedPath
        """
        return [tuple(paths) for paths in solved]


def _are_alike(problems: Sequence[Problem]) -> bool:
    """Return True if problems differ only in weights and all features are penalised."""
    first = problems[0]
    array = first.design.layout().array
    alike = all(
        problem.design.layout().array is array
        and (problem.penalty is first.penalty or np.array_equal(problem.factors, first.factors))
        and problem.fit_intercept == first.fit_intercept
        and (problem.y is first.y or np.array_equal(problem.y, first.y))
        and (problem.offset is first.offset or np.array_equal(problem.offset, first.offset))
        for problem in problems
    )
    return alike and bool(np.all(first.factors > 0))
