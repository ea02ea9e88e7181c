"""scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn
from scipy import sparse
from sklearn.linear_model import ElasticNetCV, MultiTaskElasticNetCV, enet_path

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades
from benchmarks.solvers.centring import centred
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]

_MAX_ITER = 1_000_000


class ScikitLearn(Solver):
    """`enet_path` on centred columns, which has no intercept, `ElasticNetCV` and its multi-task form."""

    tolerances = decades(-3, -12)

    def version(self) -> str:
        return sklearn.__version__

    def supports(self, case: Case) -> str | None:
        if case.loss in ("logistic", "multinomial"):
            return "only SAGA fits an elastic net there, one strength at a time"
        if case.loss == "cox":
            return "it has no cox loss"
        fits = case.loss in ("squared", "responses")
        return None if fits else f"its {case.loss} model has the l2 penalty alone"

    def validates(self, case: Case) -> str | None:
        return self.supports(case)

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        def fit() -> tuple[Any, Any]:
            data, settings, uncentre = centred(task)
            _, coefs, _ = enet_path(
                data,
                np.asarray(task.y - task.y.mean(axis=0), order="F"),
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
        columns = coefs.reshape(-1, task.alphas.size)
        return Fit(sparse.csc_matrix(columns), np.asarray(intercepts, np.float64), seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        kind = MultiTaskElasticNetCV if task.loss == "responses" else ElasticNetCV
        model = kind(
            l1_ratio=task.l1_ratio,
            alphas=task.alphas,
            cv=task.pairs,
            tol=tol,
            max_iter=_MAX_ITER,
            n_jobs=2,
        )
        found, seconds = timer(lambda: model.fit(task.X, task.y))
        return Validation(task.outputs * found.mse_path_.mean(axis=1), seconds)


SOLVER = ScikitLearn()
