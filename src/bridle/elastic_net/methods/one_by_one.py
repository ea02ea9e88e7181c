"""Path method one by one: each strength of each problem in turn, for any loss, design and penalty."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, Traits
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, Solver
from bridle.threads.workers import Workers

__all__ = ["OneByOne", "solve_one_by_one"]


@dataclass(frozen=True, eq=False)
class OneByOne(PathMethod):
    """Each strength of each problem by the solver itself, started from the solution before."""

    name = "one by one"

    @classmethod
    def takes(cls, traits: Traits) -> bool:
        """Return True."""
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
    """Solve each problem at each strength with any solver; strengths may be in any order."""
    found = []
    for problem in problems:
        found.append(_solve_path(problem, grid, solver))
        progress(len(found) / len(problems))
    return tuple(found)


def _solve_path(problem: Problem, grid: Grid, solver: Solver) -> SolvedPath:
    began = time.perf_counter()
    strengths, l1_ratio = grid
    problem, solutions = problem.prepared(), {}
    start = None
    for index in np.argsort(-strengths, kind="stable"):
        penalty = problem.penalty.with_strength(float(strengths[index]), l1_ratio)
        solution = solver.solve(problem.with_penalty(penalty), start)
        start = solution.coef, solution.intercept
        solutions[int(index)] = solution
    ordered = [solutions[index] for index in range(strengths.size)]
    return SolvedPath(
        coefs=Coefficients.of([sparse.csc_array(solution.coef) for solution in ordered]),
        intercepts=np.array([solution.intercept for solution in ordered]),
        certificates=tuple(solution.certificate for solution in ordered),
        statuses=tuple(solution.status for solution in ordered),
        iterations=np.array([solution.iterations for solution in ordered], dtype=np.int64),
        seconds=time.perf_counter() - began,
        method=OneByOne.name,
    )
