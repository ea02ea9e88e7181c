"""scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from scipy import sparse
from sklearn.linear_model import ElasticNetCV, enet_path

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades
from benchmarks.solvers.centring import centred
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]

_MAX_ITER = 1_000_000


class ScikitLearn(Solver):
    """`enet_path` on centred columns, which has no intercept of its own, and `ElasticNetCV`."""

    tolerances = decades(-3, -12)

    def version(self) -> str:
        return sklearn.__version__

    def supports(self, case: Case) -> str | None:
        if case.loss == "logistic":
            return "only SAGA fits an elastic net there, one strength at a time"
        return None if case.loss == "squared" else f"its {case.loss} model has the l2 penalty alone"

    def validates(self, case: Case) -> str | None:
        return self.supports(case)

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        def fit() -> tuple[Any, Any]:
            data, settings, uncentre = centred(task)
            _, coefs, _ = enet_path(
                data,
                task.y - task.y.mean(),
                l1_ratio=task.l1_ratio,
                alphas=task.alphas,
                tol=tol,
                max_iter=_MAX_ITER,
                copy_X=False,
                check_input=False,
                **settings,
            )
            return coefs, uncentre(coefs)

        (coefs, intercepts), seconds = timer(fit)
        return Fit(sparse.csc_matrix(coefs), np.asarray(intercepts, np.float64), seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        model = ElasticNetCV(
            l1_ratio=task.l1_ratio,
            alphas=task.alphas,
            cv=task.pairs,
            tol=tol,
            max_iter=_MAX_ITER,
            n_jobs=2,
        )
        found, seconds = timer(lambda: model.fit(task.X, task.y))
        return Validation(found.mse_path_.mean(axis=1), seconds)


SOLVER = ScikitLearn()
