"""skglm."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import skglm
from joblib import Parallel, delayed
from scipy import sparse
from skglm.datafits import Logistic, Poisson
from skglm.penalties import L1_plus_L2
from skglm.solvers import ProxNewton

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades, mean_scores
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]

_DATAFITS = {"logistic": Logistic, "poisson": Poisson}


class Skglm(Solver):
    """`ElasticNet.path`; for other losses `GeneralizedLinearEstimator`, each strength from the last.

    Its `GeneralizedLinearEstimatorCV` takes a number of folds, which it deals at random, so folds
    are looped over here, in two processes.
    """

    tolerances = decades(-2, -10)

    def version(self) -> str:
        return skglm.__version__

    def supports(self, case: Case) -> str | None:
        if case.loss == "responses":
            return "its penalty of rows is l1 alone"
        if case.loss == "cox":
            return "its GeneralizedLinearEstimator refuses its Cox datafit"
        known = case.loss == "squared" or case.loss in _DATAFITS
        return None if known else f"it has no {case.loss} loss"

    def validates(self, case: Case) -> str | None:
        return self.supports(case)

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        (coefs, intercepts), seconds = timer(lambda: _fit(task.X, task.y, task, tol))
        return Fit(coefs, np.asarray(intercepts, np.float64), seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        def validate() -> Any:
            jobs = [delayed(_score)(task, *pair, tol) for pair in task.pairs]
            return np.mean(Parallel(n_jobs=2)(jobs), axis=0)

        score, seconds = timer(validate)
        return Validation(score, seconds)


def _fit(X: Any, y: Any, task: Task, tol: float) -> tuple[sparse.csc_matrix, Any]:
    if task.loss == "squared":
        return _squared(X, y, task.alphas, task.l1_ratio, tol)
    return _generalised(_DATAFITS[task.loss](), X, y, task.alphas, task.l1_ratio, tol)


def _score(task: Task, train: Any, test: Any, tol: float) -> npt.NDArray[np.float64]:
    coefs, intercepts = _fit(task.X[train], task.y[train], task, tol)
    return mean_scores(task.loss, task.y[test], task.X[test] @ coefs.toarray() + intercepts)


def _squared(
    X: Any, y: Any, alphas: Any, l1_ratio: float, tol: float
) -> tuple[sparse.csc_matrix, Any]:
    model = skglm.ElasticNet(l1_ratio=l1_ratio, tol=tol, max_iter=1_000)
    coefs = model.path(X, y, alphas)[1]
    return sparse.csc_matrix(coefs[:-1]), coefs[-1]


def _generalised(
    datafit: Any, X: Any, y: Any, alphas: Any, l1_ratio: float, tol: float
) -> tuple[sparse.csc_matrix, Any]:
    penalty = L1_plus_L2(1.0, l1_ratio)
    solver = ProxNewton(tol=tol, max_iter=1_000, fit_intercept=True, warm_start=True)
    model = skglm.GeneralizedLinearEstimator(datafit, penalty, solver)
    columns, intercepts = [], []
    # The path function asks for columns; this estimator takes rows as they come, and slowly.
    X = X if sparse.issparse(X) else np.asfortranarray(X)
    for alpha in alphas:
        penalty.alpha = alpha
        model.fit(X, y)
        columns.append(sparse.csc_matrix(model.coef_.reshape(-1, 1)))
        intercepts.append(np.ravel(model.intercept_)[0])
    return sparse.csc_matrix(sparse.hstack(columns)), intercepts


SOLVER = Skglm()
