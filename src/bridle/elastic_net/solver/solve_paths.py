"""Solve problems that differ in their weights along one grid of strengths."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Solution, Solver
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.solver.lockstep import solve_in_lockstep, supports_lockstep
from bridle.elastic_net.solver.solved_path import SolvedPath as SolvedPath

__all__ = ["SolvedPath", "solve_one_by_one", "solve_paths"]

Array = npt.NDArray[np.float64]


def solve_paths(
    problems: Sequence[Problem], strengths: Array, l1_ratio: float, solver: Solver
) -> tuple[SolvedPath, ...]:
    """Solve each problem at each strength, each from the solution before.

    Coordinate descent on squared loss goes in lockstep where it can (`supports_lockstep`).

    Parameters
    ----------
    problems : sequence of Problem
        They keep their factors and bounds; l1 and l2 are replaced.
    strengths : ndarray of shape (S,)
        scikit-learn's alphas, in any order; they are solved from the strongest to the weakest.
    l1_ratio : float
        In [0, 1].
    solver : Solver

    Returns
    -------
    tuple of SolvedPath
        One for each problem.
    """
    alike = supports_lockstep(problems, l1_ratio) and bool(np.all(strengths > 0))
    if alike and isinstance(solver, CoordinateDescent):
        order = np.argsort(-strengths, kind="stable")
        paths = solve_in_lockstep(problems, strengths[order], l1_ratio, solver)
        return tuple(path.reordered(np.argsort(order)) for path in paths)
    return solve_one_by_one(problems, strengths, l1_ratio, solver)


def solve_one_by_one(
    problems: Sequence[Problem], strengths: Array, l1_ratio: float, solver: Solver
) -> tuple[SolvedPath, ...]:
    """Do the same for any loss, design and solver, one problem and one strength after the other."""
    return tuple(_solve_path(problem, strengths, l1_ratio, solver) for problem in problems)


def _solve_path(problem: Problem, strengths: Array, l1_ratio: float, solver: Solver) -> SolvedPath:
    began = time.perf_counter()
    solutions: dict[int, Solution] = {}
    start = None
    for index in np.argsort(-strengths, kind="stable"):
        penalty = problem.penalty.with_strength(float(strengths[index]), l1_ratio)
        solution = solver.solve(problem.with_penalty(penalty), start)
        start = solution.coef, solution.intercept
        solutions[int(index)] = solution
    ordered = [solutions[index] for index in range(strengths.size)]
    return SolvedPath(
        coefs=tuple(sparse.csc_array(one.coef) for one in ordered),
        intercepts=np.array([one.intercept for one in ordered]),
        certificates=tuple(one.certificate for one in ordered),
        statuses=tuple(one.status for one in ordered),
        iterations=np.array([one.iterations for one in ordered], dtype=np.int64),
        seconds=time.perf_counter() - began,
    )
