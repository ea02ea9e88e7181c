"""The library that is judged."""

from __future__ import annotations

from typing import Any

from scipy import sparse

import bridle
from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]


class Bridle(Solver):
    """`elastic_net_path`, `ElasticNetCV` and `ElasticNetClassifierCV`."""

    tolerances = decades(-3, -12)

    def version(self) -> str:
        return bridle.__version__

    def supports(self, case: Case) -> str | None:
        return None

    def validates(self, case: Case) -> str | None:
        return None

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        found, seconds = timer(
            lambda: bridle.elastic_net_path(
                task.X,
                task.y,
                loss=task.loss,
                alphas=task.alphas,
                l1_ratio=task.l1_ratio,
                tol=tol,
            )
        )
        coefs = sparse.csc_matrix(sparse.hstack(found.coefs))
        return Fit(coefs, found.intercepts.ravel(), seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        settings: dict[str, Any] = {
            "l1_ratio": task.l1_ratio,
            "alphas": task.alphas,
            "cv": task.pairs,
            "tol": tol,
        }
        model: Any = (
            bridle.ElasticNetClassifierCV(**settings)
            if task.loss == "logistic"
            else bridle.ElasticNetCV(loss=task.loss, **settings)
        )
        found, seconds = timer(lambda: model.fit(task.X, task.y))
        return Validation(found.mean_scores_[0], seconds)


SOLVER = Bridle()
