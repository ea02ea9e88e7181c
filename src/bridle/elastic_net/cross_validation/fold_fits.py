"""The fits of a cross-validation: the full data and every fold, together, at every l1_ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.cross_validation.folds import Fold
from bridle.elastic_net.grid import Grid, strength_grid
from bridle.elastic_net.methods import Methods, choose
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.elastic_net.specification import Specification
from bridle.progress import FitProgress, estimate_megabytes
from bridle.types import Array
from bridle.workers import Workers

__all__ = ["FoldFits", "confirm_fits", "fit_folds"]


_DECIDING = 1e-2
_TIGHTEST = 1e-10


@dataclass(frozen=True, eq=False)
class FoldFits:
    """What one l1_ratio gave.

    Attributes
    ----------
    path : Path
        On the full data.
    models : tuple of F FoldModels
    methods : Methods
        How the (1 + F) problems were solved.
    grid : Grid
        In the units of the problems.
    solved : tuple of (1 + F) SolvedPath
    """

    path: Path
    models: tuple[FoldModels, ...]
    methods: Methods
    grid: Grid
    solved: tuple[SolvedPath, ...]

    @property
    def certificates(self) -> tuple[tuple[Certificate, ...], ...]:
        """Of each fold at each strength."""
        return tuple(one.certificates for one in self.solved[1:])

    @property
    def fits(self) -> list[tuple[float, Status, Certificate]]:
        """Strength, status and certificate of the full data and all folds."""
        strengths = self.path.alphas.tolist()
        return [
            fit
            for one in self.solved
            for fit in zip(strengths, one.statuses, one.certificates, strict=True)
        ]

    @property
    def errors(self) -> Array | None:
        """Weighted mean squared error of each strength on each fold's test rows, shape (S, F).

        None where they were not found on the way.
        """
        found = [one.errors for one in self.solved[1:] if one.errors is not None]
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

    They are fitted to a hundredth of the tolerance: neighbouring strengths score so nearly alike that a
    choice among them must not hang on what is left of the gap.

    Parameters
    ----------
    specification : Specification
    folds : sequence of F Fold
    l1_ratios : sequence of R floats
    alphas : int or array-like of shape (S,)
    eps : float, optional
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
        training, judging = [one.train for one in folds], [one.test for one in folds]
        methods = choose(specification, training, judging, l1_ratios, workers)
        problems = methods.problems
        units = specification.units
        strengths = [strength_grid(problems[0], one, alphas, units, eps) for one in l1_ratios]
        bar.name(methods.together.name)
        grids = [Grid(*units.strengths(*pair)) for pair in zip(strengths, l1_ratios, strict=True)]
        deciding = replace(solver, tol=min(solver.tol, max(_DECIDING * solver.tol, _TIGHTEST)))
        solved = [
            tuple(one.judged(solver.tol) for one in paths)
            for paths in methods.solve(grids, deciding, workers, bar.update)
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
    for problem, one in zip(problems[1:], solved[1:], strict=True):
        models.append(FoldModels(*specification.unstandardized(problem, one.coefs, one.intercepts)))
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
    """Certify against X itself what rests on moments: see `PathMethod.confirm`.

    Parameters
    ----------
    fits : sequence of FoldFits
        One for each l1_ratio.
    chosen : (int, int)
        The l1_ratio and the strength that were chosen.
    tol : float
    n_jobs : int, optional
        As in `count_threads`.
    """
    with Workers(n_jobs) as workers:
        confirmed = fits[0].methods.confirm(
            [one.grid for one in fits],
            [one.solved for one in fits],
            tol,
            workers,
            chosen,
        )
    return [
        replace(one, solved=new, path=replace(one.path, certificates=new[0].certificates))
        for one, new in zip(fits, confirmed, strict=True)
    ]
