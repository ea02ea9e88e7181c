"""The fits of a cross-validation: the full data and every fold, together, at every l1_ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.design_pass import certify_look, look_at_design
from bridle.elastic_net.fold_models import FoldModels
from bridle.elastic_net.folds import Fold
from bridle.elastic_net.grid import strength_grid
from bridle.elastic_net.path import Path
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.progress import FitProgress, estimate_megabytes
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.elastic_net.solver.solve_paths import Grid, SolvedPath, solve_paths
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.workers import Workers

__all__ = ["FoldFits", "confirm_choice", "fit_folds"]

Array = npt.NDArray[np.float64]


class FoldFits(NamedTuple):
    """What one l1_ratio gave.

    Attributes
    ----------
    path : Path
        On the full data.
    models : tuple of F FoldModels
    certificates : tuple of F tuples of S Certificate
    fits : list of (strength, status, certificate)
        Of the full data and all folds.
    problems : tuple of (1 + F) Problem
    grid : Grid
        In the units of the problems.
    solved : tuple of (1 + F) SolvedPath
    """

    path: Path
    models: tuple[FoldModels, ...]
    certificates: tuple[tuple[Certificate, ...], ...]
    fits: list[tuple[float, Status, Certificate]]
    problems: tuple[Problem, ...]
    grid: Grid
    solved: tuple[SolvedPath, ...]


def fit_folds(
    specification: Specification,
    folds: Sequence[Fold],
    l1_ratios: Sequence[float],
    alphas: int | npt.ArrayLike,
    solver: CoordinateDescent,
    n_jobs: int | None = None,
) -> list[FoldFits]:
    """Fit the full data and every fold along one grid of strengths for each l1_ratio.

    Parameters
    ----------
    specification : Specification
    folds : sequence of F Fold
    l1_ratios : sequence of R floats
    alphas : int or array-like of shape (S,)
        As in `strength_grid`.
    solver : CoordinateDescent
    n_jobs : int, optional
        As in `count_threads`.
    """
    title = f"{len(folds)} folds, {len(l1_ratios)} l1_ratios"
    with (
        Workers(n_jobs) as workers,
        FitProgress(title, estimate_megabytes(specification.design.shape, len(folds) + 1)) as bar,
    ):
        problems = specification.problems([one.train for one in folds], workers)
        units = specification.units
        strengths = [strength_grid(problems[0], one, alphas, units) for one in l1_ratios]
        grids = [Grid(*units.strengths(*pair)) for pair in zip(strengths, l1_ratios, strict=True)]
        solved = solve_paths(problems, grids, solver, workers, bar.update)
    return [
        _gather(specification, problems, strengths[k], l1_ratios[k], grids[k], solved[k], solver)
        for k in range(len(grids))
    ]


def _gather(
    specification: Specification,
    problems: Sequence[Problem],
    strengths: Array,
    l1_ratio: float,
    grid: Grid,
    solved: Sequence[SolvedPath],
    solver: CoordinateDescent,
) -> FoldFits:
    models = []
    for problem, one in zip(problems[1:], solved[1:], strict=True):
        pairs = zip(one.coefs, one.intercepts, strict=True)
        shown = [specification.unstandardized(problem, *pair) for pair in pairs]
        models.append(FoldModels(tuple(a for a, _ in shown), np.array([b for _, b in shown])))
    return FoldFits(
        Path.of(specification, problems[0], strengths, l1_ratio, solved[0], solver),
        tuple(models),
        tuple(one.certificates for one in solved[1:]),
        [
            fit
            for one in solved
            for fit in zip(strengths.tolist(), one.statuses, one.certificates, strict=True)
        ],
        tuple(problems),
        grid,
        tuple(solved),
    )


def confirm_choice(fits: FoldFits, index: int, n_jobs: int | None = None) -> FoldFits:
    """Certify one strength against X itself where its certificates come from moments.

    Parameters
    ----------
    fits : FoldFits
    index : int
        Of the strength.
    n_jobs : int, optional
        As in `count_threads`.
    """
    if fits.solved[0].on_design:
        return fits
    strength = fits.grid.strengths[index : index + 1]
    with Workers(n_jobs) as workers:
        looks = look_at_design(
            fits.problems,
            [one.coefs[index].toarray().T for one in fits.solved],
            [one.intercepts[index] for one in fits.solved],
            workers,
        )
    whole, *folds = (
        certify_look(problem, strength, fits.grid.l1_ratio, look)[0]
        for problem, look in zip(fits.problems, looks, strict=True)
    )
    return fits._replace(
        path=replace(fits.path, certificates=_with(fits.path.certificates, index, whole)),
        certificates=tuple(
            _with(one, index, new) for one, new in zip(fits.certificates, folds, strict=True)
        ),
    )


def _with(
    certificates: tuple[Certificate, ...], index: int, new: Certificate
) -> tuple[Certificate, ...]:
    return (*certificates[:index], new, *certificates[index + 1 :])
