"""Fits of a cross-validation: the full data and every fold, solved together at every l1_ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.cross_validation.fold_weights import Fold
from bridle.elastic_net.grid import Grid, fitted_grid, strength_grid
from bridle.elastic_net.methods import Methods, choose
from bridle.elastic_net.methods.base import Progress
from bridle.elastic_net.methods.solve_alone import solve_alone
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.elastic_net.specification import Specification
from bridle.progress import FitProgress, estimate_megabytes
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["FoldFits", "confirm_fits", "fit_folds", "solve_folds"]


# Fraction of the tolerance to which fits are solved for the choice; see `fit_folds`.
_DECIDING = 1e-2
# Below it, rounding of the moments hides the gap.
_TIGHTEST = 1e-10


@dataclass(frozen=True, eq=False)
class FoldFits:
    """The fits at one l1_ratio.

    Attributes
    ----------
    path : Path
        On the full data.
    models : tuple of F FoldModels
        Of the folds.
    methods : Methods
        The methods that solved the (1 + F) problems.
    grid : Grid
        In the units of the problems.
    solved : tuple of (1 + F) SolvedPath
        The full data first.
    """

    path: Path
    models: tuple[FoldModels, ...]
    methods: Methods
    grid: Grid
    solved: tuple[SolvedPath, ...]

    @property
    def certificates(self) -> tuple[tuple[Certificate, ...], ...]:
        """Certificates of each fold at each strength."""
        return tuple(path.certificates for path in self.solved[1:])

    @property
    def fits(self) -> list[tuple[float, Status, Certificate]]:
        """Strength, status and certificate of the full data and all folds."""
        strengths = self.path.alphas.tolist()
        return [
            fit
            for path in self.solved
            for fit in zip(strengths, path.statuses, path.certificates, strict=True)
        ]

    @property
    def errors(self) -> Array | None:
        """Weighted mean squared error at each strength on each fold's test rows, shape (S, F).

        None if the method did not compute it while solving.
        """
        found = [path.errors for path in self.solved[1:] if path.errors is not None]
        return np.stack(found, axis=1) if len(found) == len(self.models) else None


def fit_folds(
    specification: Specification,
    folds: Sequence[Fold],
    l1_ratios: Sequence[float],
    alphas: int | npt.ArrayLike,
    solver: CoordinateDescent,
    eps: float | None = None,
    n_jobs: int | None = None,
) -> list[FoldFits]:
    """Fit the full data and every fold along one grid of strengths for each l1_ratio.

    The fits are solved to a hundredth of the solver's tolerance. Scores at neighbouring strengths are
    so close that a gap of the full tolerance could change the choice between them.

    Parameters
    ----------
    specification : Specification
    folds : sequence of F Fold
    l1_ratios : sequence of R floats
    alphas : int or array-like of shape (S,)
        As in `strength_grid`.
    solver : CoordinateDescent
    eps : float, optional
        As in `strength_grid`.
    n_jobs : int, optional
        As in `count_threads`.

    Returns
    -------
    list of R FoldFits
    """
    title = f"{len(folds)} folds, {len(l1_ratios)} l1_ratio{'s' * (len(l1_ratios) != 1)}"
    with (
        Workers(n_jobs) as workers,
        FitProgress(title, estimate_megabytes(specification.design.shape, len(folds) + 1)) as bar,
    ):
        training, testing = [fold.train for fold in folds], [fold.test for fold in folds]
        methods = choose(specification, training, testing, l1_ratios, workers)
        bar.name(methods.together.name)
        units = specification.units
        strengths = [
            strength_grid(methods.problems[0], ratio, alphas, units, eps) for ratio in l1_ratios
        ]
        return solve_folds(
            specification, methods, strengths, l1_ratios, solver, workers, bar.update
        )


def solve_folds(
    specification: Specification,
    methods: Methods,
    strengths: Sequence[Array],
    l1_ratios: Sequence[float],
    solver: CoordinateDescent,
    workers: Workers,
    progress: Progress = lambda share: None,
) -> list[FoldFits]:
    """Solve the problems of the methods, the full data first, along one grid for each l1_ratio.

    Parameters
    ----------
    specification, l1_ratios, solver
        As in `fit_folds`.
    methods : Methods
    strengths : sequence of R ndarray of shape (S,)
        On the original scale.
    workers : Workers
    progress : callable
        Called with the fraction of the work that is done. Default: nothing is called.
    """
    pairs = zip(strengths, l1_ratios, strict=True)
    grids = [fitted_grid(methods.problems, *pair, specification.units) for pair in pairs]
    deciding = replace(solver, tol=min(solver.tol, max(_DECIDING * solver.tol, _TIGHTEST)))
    solved = [
        tuple(
            solve_alone(problem, grid, path.judged(solver.tol), deciding).judged(solver.tol)
            for problem, path in zip(methods.problems, paths, strict=True)
        )
        for grid, paths in zip(
            grids, methods.solve(grids, deciding, workers, progress), strict=True
        )
    ]
    return [
        _gather(specification, methods, strengths[k], l1_ratios[k], grids[k], solved[k], solver)
        for k in range(len(grids))
    ]


def _gather(
    specification: Specification,
    methods: Methods,
    strengths: Array,
    l1_ratio: float,
    grid: Grid,
    solved: Sequence[SolvedPath],
    solver: CoordinateDescent,
) -> FoldFits:
    models, problems = [], methods.problems
    for problem, path in zip(problems[1:], solved[1:], strict=True):
        coefs, intercepts = specification.unstandardized(problem, path.coefs, path.intercepts)
        models.append(FoldModels(coefs, intercepts))
    return FoldFits(
        Path.of(specification, problems[0], strengths, l1_ratio, solved[0], solver),
        tuple(models),
        methods,
        grid,
        tuple(solved),
    )


def confirm_fits(
    fits: Sequence[FoldFits], chosen: tuple[int, int], tol: float, n_jobs: int | None = None
) -> list[FoldFits]:
    """Certify fits that were solved from moments against X itself; see `PathMethod.confirm`.

    Parameters
    ----------
    fits : sequence of FoldFits
        One for each l1_ratio.
    chosen : (int, int)
        Positions of the chosen l1_ratio and strength.
    tol : float
    n_jobs : int, optional
        As in `count_threads`.

    Returns
    -------
    list of FoldFits
        The fits, with certificates from X for those that were confirmed.
    """
    with Workers(n_jobs) as workers:
        confirmed = fits[0].methods.confirm(
            [fit.grid for fit in fits],
            [fit.solved for fit in fits],
            tol,
            workers,
            chosen,
        )
    return [
        replace(fit, solved=new, path=replace(fit.path, certificates=new[0].certificates))
        for fit, new in zip(fits, confirmed, strict=True)
    ]
