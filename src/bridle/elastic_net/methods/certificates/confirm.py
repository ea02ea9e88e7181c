"""Confirmation: certificates from X itself for fits that were solved from moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.certificates.evaluation import SquaredEvaluation, certify_evaluation
from bridle.elastic_net.methods.certificates.squared_pass import evaluate_squares
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.threads.workers import Workers
from bridle.types import Array, Index

__all__ = ["Evaluate", "confirm"]


Evaluate = Callable[
    [Sequence[Problem], Sequence[Array], Sequence[Array], Workers], Sequence[SquaredEvaluation]
]


def confirm(
    problems: Sequence[Problem],
    grids: Sequence[Grid],
    solved: Sequence[Sequence[SolvedPath]],
    tol: float,
    workers: Workers,
    chosen: tuple[int, int] | None = None,
    evaluate: Evaluate = evaluate_squares,
) -> list[tuple[SolvedPath, ...]]:
    """Certify fits from moments against X, in one pass for all of them.

    They are the weakest strength of each path, fits whose certificate misses ``tol``, and the chosen
    strength.

    Parameters
    ----------
    problems : sequence of F Problem
    grids : sequence of R Grid
    solved : sequence of R sequences of F SolvedPath
    tol : float
        As in `CoordinateDescent`.
    workers : Workers
    chosen : (int, int), optional
        Positions of the chosen grid and strength.
    evaluate : callable
        Reads the rows, as `evaluate_squares` (the default) does in memory.

    Returns
    -------
    list of R tuples of F SolvedPath
        With new certificates and statuses at these strengths.
    """
    if not grids:
        return []
    at = [
        [
            _doubtful(path, grid, tol, chosen[1] if chosen and chosen[0] == r else None)
            for path in paths
        ]
        for r, (grid, paths) in enumerate(zip(grids, solved, strict=True))
    ]
    places = [(r, f) for r in range(len(grids)) for f in range(len(problems))]
    evaluations = evaluate(
        [problems[f] for _, f in places],
        [solved[r][f].coefs.dense(at[r][f]) for r, f in places],
        [solved[r][f].intercepts[at[r][f], 0] for r, f in places],
        workers,
    )
    confirmed = [list(paths) for paths in solved]
    for (r, f), evaluation in zip(places, evaluations, strict=True):
        strengths, l1_ratio = grids[r]
        found = certify_evaluation(problems[f], strengths[at[r][f]], l1_ratio, evaluation)
        confirmed[r][f] = _with(solved[r][f], at[r][f], found, tol)
    return [tuple(paths) for paths in confirmed]


def _doubtful(path: SolvedPath, grid: Grid, tol: float, chosen: int | None) -> Index:
    missed = [k for k, certificate in enumerate(path.certificates) if not certificate.meets(tol)]
    asked = [int(np.argmin(grid.strengths)), *missed, *([] if chosen is None else [chosen])]
    return np.unique(np.array(asked, dtype=np.intp))


def _with(path: SolvedPath, at: Index, found: Sequence[Certificate], tol: float) -> SolvedPath:
    certificates, statuses = list(path.certificates), list(path.statuses)
    for k, certificate in zip(at, found, strict=True):
        certificates[k], statuses[k] = certificate, Status.of(certificate, tol)
    return replace(path, certificates=tuple(certificates), statuses=tuple(statuses))
