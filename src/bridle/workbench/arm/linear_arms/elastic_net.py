"""`elastic_net`, `lasso` and `ridge`: linear models with a penalty, cross-validated on training rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from bridle.elastic_net.cross_validation.cross_validate import cross_validate
from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.types import Array
from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.arm.linear_arms.correlated_groups import correlated_groups
from bridle.workbench.arm.linear_arms.inner_folds import inner_folds
from bridle.workbench.arm.linear_arms.selection import selection_of
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.protocol import Protocol

__all__ = ["ElasticNetArm"]


_STRENGTHS = 20
_SMALLEST_SHARE = 1e-3
_SMALLEST_SHARE_WIDE = 1e-2
_FOLD_TOL = 1e-4
# Numbers of the training rows up to which three l1_ratios take a second or less.
_CHEAP = 1_000_000

RATIOS = (0.1, 0.5, 0.9)
"""Fractions of l1 from which the elastic net chooses."""


class ElasticNetArm(Arm):
    """Elastic net, lasso or ridge at the l1_ratio and strength with the smallest cross-validated risk.

    There are twenty penalty strengths, from the smallest at which all coefficients are 0 down to a
    thousandth of it (a hundredth if there are more features than rows), and five folds of the
    training rows, of whole groups and stratified by class; see `inner_folds`. The coefficients of the
    ridge are never all 0: its strengths begin at a thousand times the lasso's largest and span the
    square of that ratio.

    Parameters
    ----------
    name : str
        Default "elastic_net".
    l1_ratios : sequence of float
        Fractions of l1, in [0, 1]. All are tried if the training rows have up to a million numbers, and
        one output; otherwise the middle one is used. Default 0.1, 0.5 and 0.9.
    tried : int, optional
        Number of strengths tried, the largest first, in [1, 20]. Default: all.
    """

    needs_network = False

    def __init__(
        self,
        name: str = "elastic_net",
        l1_ratios: Sequence[float] = RATIOS,
        tried: int | None = None,
    ) -> None:
        self.name = name
        self.l1_ratios = tuple(l1_ratios)
        self.tried = tried
        kind = name.replace("_", " ")
        *first, last = (f"{ratio:g}" for ratio in l1_ratios)
        listed = " or ".join(filter(None, [", ".join(first), last]))
        self.title = kind if self.is_pure else f"{kind}, l1_ratio {listed}"

    @property
    def is_pure(self) -> bool:
        """Whether the penalty is l1 or l2 alone."""
        return self.l1_ratios in ((0.0,), (1.0,))

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Choose a strength and fit; see `bridle.workbench.arm.base.Arm.fit`."""
        specification = _specification(split)
        problem = specification.problem()
        result = self._cross_validated(specification, problem, split, seed)
        best, path = result.best, result.paths[result.best.ratio_index]
        chosen = problem.penalty.with_strength(best.alpha, best.l1_ratio)
        solution = CoordinateDescent().solve(problem.with_penalty(chosen))
        predict = LinearPredictor(split.task.kind, solution.coef, solution.intercept)
        return Fit(
            predict=predict,
            coefficients=solution.coef,
            details={
                "alpha": best.alpha,
                "l1_ratio": best.l1_ratio,
                "nonzero": int(np.any(solution.coef != 0, axis=1).sum()),
                "relative_gap": solution.certificate.relative_gap,
                "at_grid_edge": best.alpha_index == path.alphas.size - 1,
                **split.task.type.fits_exactly(split.train.y, predict(split.train.X)),
            },
            selection=selection_of(
                result,
                split.feature_names,
                split.train.X,
                solution.coef,
                correlated_groups(split.train.X, specification.y),
            ),
        )

    def _cross_validated(
        self, specification: Specification, problem: Problem, split: Split, seed: int
    ) -> CrossValidation:
        ratios = self._ratios_for(problem)
        n, p = problem.design.shape
        share = _SMALLEST_SHARE_WIDE if p > n else _SMALLEST_SHARE
        if ratios == (0.0,):
            share = share**2
        alphas: int | Array = _STRENGTHS
        if self.tried is not None:
            grid = np.geomspace(1.0, share, _STRENGTHS)[: self.tried]
            alphas = problem.strength_max(ratios[0]) * grid
        # One thread, so that records, including seconds, do not depend on the number of cores.
        with warnings.catch_warnings():
            # The folds' fits are judged by held-out risk, so a coarse tolerance is enough; the chosen
            # fit is solved again.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return cross_validate(
                specification,
                inner_folds(split, seed),
                l1_ratios=ratios,
                alphas=alphas,
                eps=share if self.tried is None else None,
                solver=CoordinateDescent(tol=_FOLD_TOL, kkt_tol=np.inf),
                n_jobs=1,
            )

    def _ratios_for(self, problem: Problem) -> tuple[float, ...]:
        n, p = problem.design.shape
        costs_little = n * p <= _CHEAP and problem.n_outputs == 1
        if costs_little or len(self.l1_ratios) == 1:
            return self.l1_ratios
        return (self.l1_ratios[len(self.l1_ratios) // 2],)


def _specification(split: Split) -> Specification:
    # Fortran order, since coordinate descent reads columns.
    loss, targets = split.task.type.penalized(split.train.y, len(split.task.classes))
    return Specification(
        design=DenseDesign(np.asfortranarray(split.train.X)),
        y=targets,
        loss=loss,
        penalty=ElasticNetPenalty(0.0, 0.0),
        fit_intercept=split.task.type.has_intercept,
    )
