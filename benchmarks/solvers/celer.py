"""celer."""

from __future__ import annotations

from typing import Any

import celer
import numpy as np
from scipy import sparse

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades
from benchmarks.solvers.centring import centred
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]


class Celer(Solver):
    """`celer_path` on centred columns, which has no intercept of its own, and `ElasticNetCV`."""

    tolerances = decades(-3, -12)

    def version(self) -> str:
        return celer.__version__

    def supports(self, case: Case) -> str | None:
        if case.loss == "responses":
            return "its multi-task lasso has the l1 penalty alone"
        if case.loss == "logistic":
            return "its logistic regression has the l1 penalty alone"
        return None if case.loss == "squared" else f"it has no {case.loss} loss"

    def validates(self, case: Case) -> str | None:
        reason = self.supports(case)
        if reason is None:
            try:
                celer.ElasticNetCV()
            except TypeError as error:
                return f"its ElasticNetCV cannot be constructed with this scikit-learn: {error}"
        return reason

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        def fit() -> tuple[Any, Any]:
            data, settings, uncentre = centred(task)
            _, coefs, _ = celer.celer_path(
                data,
                (task.y - task.y.mean()).astype(data.dtype),
                "lasso",
                alphas=task.alphas,
                l1_ratio=task.l1_ratio,
                tol=tol,
                max_iter=1_000,
                prune=True,
                **settings,
            )
            return coefs, uncentre(coefs)

        (coefs, intercepts), seconds = timer(fit)
        return Fit(sparse.csc_matrix(coefs), np.asarray(intercepts, np.float64), seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        model = celer.ElasticNetCV(
            l1_ratio=task.l1_ratio, alphas=task.alphas, cv=task.pairs, tol=tol, n_jobs=2
        )
        found, seconds = timer(lambda: model.fit(task.X, task.y))
        return Validation(found.mse_path_.mean(axis=1), seconds)


SOLVER = Celer()
