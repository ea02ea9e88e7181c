"""glum."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from glum import GeneralizedLinearRegressor, GeneralizedLinearRegressorCV
from scipy import sparse

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]

_FAMILY = {
    "squared": "normal",
    "logistic": "binomial",
    "poisson": "poisson",
    "gamma": "gamma",
    "tweedie": "tweedie (1.5)",
}
_LARGEST = 10_000
"""Features beyond which its p x p Hessian passes 0.8 GB."""


class Glum(Solver):
    """`GeneralizedLinearRegressor` with `alpha_search`, and `GeneralizedLinearRegressorCV`."""

    tolerances = decades(-2, -10)

    def version(self) -> str:
        return version("glum")

    def supports(self, case: Case) -> str | None:
        if case.loss not in _FAMILY:
            return f"it has no {case.loss} loss"
        if case.p > _LARGEST:
            return f"it allocates p x p: {case.p**2 * 8 / 1e9:,.1f} GB"
        return None

    def validates(self, case: Case) -> str | None:
        return self.supports(case)

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        model = GeneralizedLinearRegressor(
            alpha=list(task.alphas), alpha_search=True, **_settings(task, tol)
        )
        found, seconds = timer(lambda: model.fit(task.X, task.y))
        coefs = sparse.csc_matrix(found.coef_path_.T)
        return Fit(coefs, np.asarray(found.intercept_path_, np.float64), seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        model = GeneralizedLinearRegressorCV(
            alphas=list(task.alphas), cv=task.pairs, n_jobs=2, **_settings(task, tol)
        )
        found, seconds = timer(lambda: model.fit(task.X, task.y))
        return Validation(found.deviance_path_.mean(axis=0).ravel(), seconds)


def _settings(task: Task, tol: float) -> dict[str, Any]:
    return {
        "family": _FAMILY[task.loss],
        "l1_ratio": task.l1_ratio,
        "gradient_tol": tol,
        "max_iter": 1_000,
    }


SOLVER = Glum()
