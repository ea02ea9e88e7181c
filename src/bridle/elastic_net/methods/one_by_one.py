"""Path method one by one: one problem and one strength after the other; any loss, design and penalty."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, Solver
from bridle.workers import Workers

__all__ = ["OneByOne", "solve_one_by_one"]


@dataclass(frozen=True, eq=False)
class OneByOne(PathMethod):
    """Each strength of each problem by the solver itself, from the solution before."""

    name = "one by one"

    @classmethod
    def takes(cls, problems: Sequence[Problem]) -> bool:
        """Return that it takes anything."""
        return True

    def solve(
        self, grid: Grid, solver: CoordinateDescent, workers: Workers, progress: Progress
    ) -> tuple[SolvedPath, ...]:
        """Solve each problem at each strength."""
        return solve_one_by_one(self.problems, grid, solver, progress)


def solve_one_by_one(
    problems: Sequence[Problem],
    grid: Grid,
    solver: Solver,
    progress: Progress = lambda share: None,
) -> tuple[SolvedPath, ...]:
    """Solve each problem at each strength, in any order of these, by any solver."""
    found = []
    for problem in problems:
        found.append(_solve_path(problem, grid, solver))
        progress(len(found) / len(problems))
    return tuple(found)


def _solve_path(problem: Problem, grid: Grid, solver: Solver) -> SolvedPath:
    began = time.perf_counter()
    strengths, l1_ratio = grid
    solutions = {}
    start = None
    for index in np.argsort(-strengths, kind="stable"):
        penalty = problem.penalty.with_strength(float(strengths[index]), l1_ratio)
        solution = solver.solve(problem.with_penalty(penalty), start)
        start = solution.coef, solution.intercept
        solutions[int(index)] = solution
    ordered = [solutions[index] for index in range(strengths.size)]
    return SolvedPath(
        coefs=Coefficients.of([sparse.csc_array(one.coef) for one in ordered]),
        intercepts=np.array([one.intercept for one in ordered]),
        certificates=tuple(one.certificate for one in ordered),
        statuses=tuple(one.status for one in ordered),
        iterations=np.array([one.iterations for one in ordered], dtype=np.int64),
        seconds=time.perf_counter() - began,
        method=OneByOne.name,
    )
