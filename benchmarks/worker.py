"""Runs one solver on one task, in a process of its own that may be stopped from outside.

``describe SOLVER CASE`` answers with JSON: version, BLAS, tolerances, reasons not to run.
``fit SOLVER FOLDER`` reads requests from stdin, "path TOL REPEATS OUT" or "cv TOL REPEATS OUT", and
answers each when its `Fit` or `Validation` is written.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks import cases, solvers
from benchmarks.datasets import bag_of_words, correlated_gaussian
from benchmarks.objective import Objective
from benchmarks.solvers.base import Solver
from benchmarks.task import Task
from benchmarks.timing import Timer, answer

__all__ = ["CORES", "keep_to_two_cores", "main"]

CORES = 2


def main(action: str, name: str, subject: str) -> None:
    """Do what the command line says."""
    keep_to_two_cores()
    solver = solvers.load(name)
    if action == "describe":
        answer(json.dumps(_describe(solver, cases.by_name(subject))))
    else:
        # Convergence is what the objective judges.
        warnings.simplefilter("ignore")
        _serve(solver, Task.load(Path(subject)))


def _serve(solver: Solver, task: Task) -> None:
    """Answer requests until there are no more."""
    warm: set[str] = set()
    for request in sys.stdin:
        action, tol, repeats, out = request.rstrip("\n").split(" ", 3)
        run = solver.path if action == "path" else solver.cv
        if solver.in_process and action not in warm:
            with TemporaryDirectory() as small:
                run(_like(task, Path(small)), float(tol), Timer(repeats=1, announced=False))
            warm.add(action)
        run(task, float(tol), Timer(int(repeats))).save(Path(out))
        answer(out)


def keep_to_two_cores() -> None:
    """Let this process and its children use two processors where the system can say so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def _describe(solver: Solver, case: cases.Case) -> dict[str, object]:
    libraries = [
        f"{library['internal_api']} {library['version']} {library.get('architecture', '')}".strip()
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]
    return {
        "version": solver.version(),
        "blas": sorted(set(libraries)) if solver.in_process else [],
        "tolerances": solver.tolerances,
        "no_path": solver.supports(case),
        "no_cv": solver.validates(case),
    }


def _like(task: Task, folder: Path) -> Task:
    """Return a small task of the same kind, to compile and import what the solver needs."""
    X: Any
    # Enough rows for each class in each fold.
    rows = max(60, 20 * task.outputs)
    if task.sparse:
        X, y = bag_of_words(rows, 30, task.loss, 3, outputs=task.outputs)
    else:
        order = "F" if task.X.flags.f_contiguous else "C"
        dtype = str(task.X.dtype)
        X, y = correlated_gaussian(
            rows, 30, task.loss, 3, outputs=task.outputs, order=order, dtype=dtype
        )
    alphas = Objective(X, y, task.loss, task.l1_ratio).grid(0.1, 5)
    folds = np.arange(rows, dtype=np.int32) % 3
    return Task(X, y, task.loss, task.l1_ratio, alphas, folds, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
