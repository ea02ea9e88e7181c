"""glmstar: glmnet's compiled core in Python, by glmnet's authors; its package is named glmnet."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from glmnet import CoxNet, FishNet, GaussNet, LogNet, MultiClassNet, MultiGaussNet
from glmnet.paths.fastnet import FastNetControl
from joblib import Parallel, delayed
from scipy import sparse

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, cox_score, decades, mean_scores
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]

_KINDS = {
    "squared": GaussNet,
    "logistic": LogNet,
    "poisson": FishNet,
    "multinomial": MultiClassNet,
    "responses": MultiGaussNet,
    "cox": CoxNet,
}


class Glmstar(Solver):
    """`GaussNet` and its siblings.

    Folds are looped over here for all losses alike, in two processes, as its `cross_validation_path`
    fits all data first.
    """

    tolerances = decades(-4, -15)

    def version(self) -> str:
        return version("glmstar")

    def supports(self, case: Case) -> str | None:
        return None if case.loss in _KINDS else f"it has no compiled path of {case.loss} loss"

    def validates(self, case: Case) -> str | None:
        return self.supports(case)

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        (coefs, intercepts), seconds = timer(lambda: _fit(task.X, task.y, task, tol))
        # (S, p) or (S, p, K) to (p, S) or (K p, S).
        columns = np.moveaxis(coefs, 0, -1)
        if task.outputs > 1:
            columns = np.moveaxis(columns, 1, 0).reshape(-1, task.alphas.size)
        return Fit(sparse.csc_matrix(columns), np.asarray(intercepts.T, np.float64), seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        def validate() -> Any:
            jobs = [delayed(_score)(task, *pair, tol) for pair in task.pairs]
            return np.mean(Parallel(n_jobs=2)(jobs), axis=0)

        score, seconds = timer(validate)
        return Validation(score, seconds)


def _fit(X: Any, y: Any, task: Task, tol: float) -> tuple[Any, Any]:
    # The path ends early by default.
    control = FastNetControl(fdev=0, devmax=1, thresh=tol, maxit=10_000_000)
    model = _KINDS[task.loss](
        lambda_values=task.alphas, alpha=task.l1_ratio, standardize=False, control=control
    )
    if task.loss == "cox":
        y = pd.DataFrame({"event": y[:, 0], "status": y[:, 1].astype(np.intp)})
    model.fit(X, y)
    return model.coefs_, model.intercepts_


def _score(task: Task, train: Any, test: Any, tol: float) -> npt.NDArray[np.float64]:
    coefs, intercepts = _fit(task.X[train], task.y[train], task, tol)
    if task.loss == "cox":
        return cox_score(task.y, train, task.X @ coefs.T)
    X = task.X[test]
    if task.outputs == 1:
        return mean_scores(task.loss, task.y[test], X @ coefs.T + intercepts)
    p, K = coefs.shape[1:]
    flat = np.moveaxis(coefs, 0, -1).reshape(p, -1)
    eta = (X @ flat).reshape(test.size, K, -1) + intercepts.T
    return mean_scores(task.loss, task.y[test], eta)


SOLVER = Glmstar()
