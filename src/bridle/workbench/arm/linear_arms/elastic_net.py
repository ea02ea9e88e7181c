"""`elastic_net`: the linear model with an elastic-net penalty, cross-validated on training rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import BaseCrossValidator, KFold, StratifiedKFold

from bridle import streams
from bridle.elastic_net.cross_validation.cross_validate import cross_validate
from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Logistic, Loss, Multinomial, Squared
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.types import Array
from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.arm.linear_arms.selection import selection_of
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task

__all__ = ["ElasticNetArm"]


_FOLDS = 5
_STRENGTHS = 20
_SMALLEST_SHARE = 1e-3
_SMALLEST_SHARE_WIDE = 1e-2
_FOLD_TOL = 1e-4


class ElasticNetArm(Arm):
    """Elastic net at the strength with the smallest cross-validated risk.

    There are twenty strengths, from the smallest at which all coefficients are 0 down to a
    thousandth of it (a hundredth if there are more features than rows), and five folds of the
    training rows, stratified by class.

    Parameters
    ----------
    l1_ratio : float
        Fraction of l1, in [0, 1].
    tried : int
        Number of strengths tried, the largest first, in [1, 20], default 20.
    """

    name = "elastic_net"
    needs_network = False

    def __init__(self, l1_ratio: float = 0.5, tried: int = _STRENGTHS) -> None:
        self.l1_ratio = l1_ratio
        self.tried = tried
        self.title = f"elastic net, l1_ratio {l1_ratio:g}"

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Choose a strength and fit; see `bridle.workbench.arm.base.Arm.fit`."""
        specification = _specification(split)
        problem = specification.problem()
        strengths = _strengths(problem, self.l1_ratio)[: self.tried]
        result = _cross_validated(specification, strengths, split, seed, self.l1_ratio)
        best = result.best.alpha_index
        chosen = problem.penalty.with_strength(strengths[best], self.l1_ratio)
        solution = CoordinateDescent().solve(problem.with_penalty(chosen))
        predict = LinearPredictor(split.task.kind, solution.coef, solution.intercept)
        return Fit(
            predict=predict,
            coefficients=solution.coef,
            details={
                "alpha": float(strengths[best]),
                "l1_ratio": self.l1_ratio,
                "nonzero": int(np.any(solution.coef != 0, axis=1).sum()),
                "relative_gap": solution.certificate.relative_gap,
                "at_grid_edge": best == strengths.size - 1,
                **_separation(split, predict),
            },
            selection=selection_of(result, split.feature_names, split.train.X, solution.coef),
        )


def _cross_validated(
    specification: Specification, strengths: Array, split: Split, seed: int, l1_ratio: float
) -> CrossValidation:
    # One thread, so that records, including seconds, do not depend on the number of cores.
    with warnings.catch_warnings():
        # Held-out risk judges these fits, so their gap does not matter; the chosen one is solved
        # again.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return cross_validate(
            specification,
            _folds(split, seed),
            l1_ratios=[l1_ratio],
            alphas=strengths,
            solver=CoordinateDescent(tol=_FOLD_TOL, kkt_tol=np.inf),
            n_jobs=1,
        )


def _separation(split: Split, predict: Callable[[Array], Array]) -> dict[str, bool]:
    """Return whether the fit classifies every training row correctly."""
    if not split.task.is_classification:
        return {}
    named = predict(split.train.X).argmax(axis=1)
    return {"separated": bool((named == split.train.y).all())}


def _specification(split: Split) -> Specification:
    # Fortran order, since coordinate descent reads columns.
    loss, targets = _targets(split.task, split.train.y)
    return Specification(
        design=DenseDesign(np.asfortranarray(split.train.X)),
        y=targets,
        loss=loss,
        penalty=ElasticNetPenalty(0.0, 0.0),
    )


def _targets(task: Task, y: npt.NDArray[np.generic]) -> tuple[Loss, Array]:
    if task.kind == "multiclass":
        return Multinomial(), np.eye(len(task.classes))[y.astype(np.intp)]
    loss = Logistic() if task.kind == "binary" else Squared()
    return loss, y.astype(np.float64)[:, None]


def _strengths(problem: Problem, l1_ratio: float) -> Array:
    n, p = problem.design.shape
    share = _SMALLEST_SHARE_WIDE if p > n else _SMALLEST_SHARE
    return problem.strength_max(l1_ratio) * np.geomspace(1.0, share, _STRENGTHS)


def _folds(split: Split, seed: int) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    state = streams.integer(seed, "folds")
    splitter: BaseCrossValidator = KFold(_FOLDS, shuffle=True, random_state=state)
    if split.task.is_classification and np.bincount(split.train.y).min() >= _FOLDS:
        splitter = StratifiedKFold(_FOLDS, shuffle=True, random_state=state)
    yield from splitter.split(split.train.X, split.train.y)
