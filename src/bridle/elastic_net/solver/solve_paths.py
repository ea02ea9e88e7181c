"""Solve problems that differ in their weights along one grid of strengths."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.moments import ClassSums
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.row_classes import RowClasses
from bridle.elastic_net.solver.base import Solution, Solver
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.solver.grid import Grid as Grid
from bridle.elastic_net.solver.lockstep import solve_in_lockstep, supports_lockstep
from bridle.elastic_net.solver.moment_path import (
    moment_classes,
    solve_from_moments,
    sum_problems,
)
from bridle.elastic_net.solver.reweighted_path import solve_reweighted
from bridle.elastic_net.solver.solved_path import SolvedPath as SolvedPath
from bridle.elastic_net.workers import Workers

__all__ = ["Grid", "SolvedPath", "solve_one_by_one", "solve_paths"]

Array = npt.NDArray[np.float64]


def solve_paths(
    problems: Sequence[Problem],
    grids: Sequence[Grid],
    solver: Solver,
    workers: Workers,
    progress: Callable[[float], None] = lambda share: None,
    sums: ClassSums | None = None,
) -> list[tuple[SolvedPath, ...]]:
    """Solve each problem at each strength of each grid, each from the solution before.

    Coordinate descent goes the fastest way that there is for all problems together: on moments where
    X is dense and tall, in lockstep else (`supports_lockstep`). Everything else goes one by one.

    Parameters
    ----------
    problems : sequence of Problem
        They keep their factors and bounds; l1 and l2 are replaced.
    grids : sequence of Grid
    solver : Solver
    workers : Workers
    progress : callable
        Told the share of the work that is done.
    sums : ClassSums, optional
        As `sum_problems` gives them, where X has been read for them already.

    Returns
    -------
    list of tuple of SolvedPath
        For each grid one for each problem. Those from moments are to be confirmed (`confirm`).
    """
    classes = sums.classes if sums is not None else _moment_classes(problems, grids, solver)
    found = []
    for number, grid in enumerate(grids):
        begin = number / len(grids)

        def part(share: float, begin: float = begin) -> None:
            progress(begin + share / len(grids))

        if not _shares_work(problems, grid, solver):
            found.append(solve_one_by_one(problems, grid, solver, part))
            continue
        assert isinstance(solver, CoordinateDescent)
        order = np.argsort(-grid.strengths, kind="stable")
        falling = Grid(grid.strengths[order], grid.l1_ratio)
        if classes is None:
            paths = solve_in_lockstep(problems, falling, solver, workers, part)
        elif problems[0].loss.is_quadratic:
            sums = sum_problems(problems, classes, workers) if sums is None else sums
            if sums.are_finite:
                paths = solve_from_moments(problems, falling, solver, sums, workers, part)
            else:
                paths = solve_one_by_one(problems, falling, solver, part)
        else:
            paths = solve_reweighted(problems, falling, solver, classes, workers, part)
        found.append(tuple(path.reordered(np.argsort(order)) for path in paths))
    return found


def _shares_work(problems: Sequence[Problem], grid: Grid, solver: Solver) -> bool:
    positive = bool(np.all(grid.strengths > 0))
    return (
        isinstance(solver, CoordinateDescent)
        and positive
        and supports_lockstep(problems, grid.l1_ratio)
    )


def _moment_classes(
    problems: Sequence[Problem], grids: Sequence[Grid], solver: Solver
) -> RowClasses | None:
    shared = any(_shares_work(problems, one, solver) for one in grids)
    return moment_classes(problems) if shared else None


def solve_one_by_one(
    problems: Sequence[Problem],
    grid: Grid,
    solver: Solver,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[SolvedPath, ...]:
    """Do the same for any loss, design and solver, one problem and one strength after the other."""
    found = []
    for problem in problems:
        found.append(_solve_path(problem, grid.strengths, grid.l1_ratio, solver))
        progress(len(found) / len(problems))
    return tuple(found)


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
        coefs=Coefficients.of([sparse.csc_array(one.coef) for one in ordered]),
        intercepts=np.array([one.intercept for one in ordered]),
        certificates=tuple(one.certificate for one in ordered),
        statuses=tuple(one.status for one in ordered),
        iterations=np.array([one.iterations for one in ordered], dtype=np.int64),
        seconds=time.perf_counter() - began,
    )
