"""Confirmation: what was solved without X is certified against X itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.certificates.design_pass import certify_look, look_at_squares
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.types import Index
from bridle.workers import Workers

__all__ = ["confirm"]


def confirm(
    problems: Sequence[Problem],
    grids: Sequence[Grid],
    solved: Sequence[Sequence[SolvedPath]],
    tol: float,
    workers: Workers,
    chosen: tuple[int, int] | None = None,
) -> list[tuple[SolvedPath, ...]]:
    """Certify some strengths of paths from moments against X, all in one reading.

    They are the weakest of each path, those whose certificate falls short, and the chosen one.

    Parameters
    ----------
    problems : sequence of F Problem
    grids : sequence of R Grid
    solved : sequence of R sequences of F SolvedPath
    tol : float
        As in `CoordinateDescent`.
    workers : Workers
    chosen : (int, int), optional
        The grid and the strength that were chosen.
    """
    if not grids:
        return []
    at = [
        [
            _doubtful(one, grid, tol, chosen[1] if chosen and chosen[0] == r else None)
            for one in some
        ]
        for r, (grid, some) in enumerate(zip(grids, solved, strict=True))
    ]
    places = [(r, f) for r in range(len(grids)) for f in range(len(problems))]
    looks = look_at_squares(
        [problems[f] for _, f in places],
        [solved[r][f].coefs.dense(at[r][f]) for r, f in places],
        [solved[r][f].intercepts[at[r][f], 0] for r, f in places],
        workers,
    )
    confirmed = [list(some) for some in solved]
    for (r, f), look in zip(places, looks, strict=True):
        strengths, l1_ratio = grids[r]
        found = certify_look(problems[f], strengths[at[r][f]], l1_ratio, look)
        confirmed[r][f] = _with(solved[r][f], at[r][f], found, tol)
    return [tuple(some) for some in confirmed]


def _doubtful(one: SolvedPath, grid: Grid, tol: float, chosen: int | None) -> Index:
    short = [k for k, each in enumerate(one.certificates) if not each.meets(tol)]
    asked = [int(np.argmin(grid.strengths)), *short, *([] if chosen is None else [chosen])]
    return np.unique(np.array(asked, dtype=np.intp))


def _with(one: SolvedPath, at: Index, found: Sequence[Certificate], tol: float) -> SolvedPath:
    certificates, statuses = list(one.certificates), list(one.statuses)
    for k, certificate in zip(at, found, strict=True):
        certificates[k], statuses[k] = certificate, Status.of(certificate, tol)
    return replace(one, certificates=tuple(certificates), statuses=tuple(statuses))
