"""The library that is judged."""

from __future__ import annotations

from typing import Any

from scipy import sparse

import bridle
from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades
from benchmarks.task import Task
from benchmarks.timing import Timer
from bridle.elastic_net.loss.cox import Cox

__all__ = ["SOLVER"]

_CHOOSERS = {
    "logistic": bridle.ElasticNetClassifierCV,
    "multinomial": bridle.ElasticNetClassifierCV,
    "responses": bridle.MultiTaskElasticNetCV,
    "cox": bridle.CoxElasticNetCV,
}


class Bridle(Solver):
    """`elastic_net_path`, and the estimator of each loss that chooses by cross-validation."""

    tolerances = decades(-3, -12)

    def version(self) -> str:
        return bridle.__version__

    def supports(self, case: Case) -> str | None:
        return None

    def validates(self, case: Case) -> str | None:
        return None

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        def fit() -> Any:
            y, settings = _described(task)
            return bridle.elastic_net_path(
                task.X, y, alphas=task.alphas, l1_ratio=task.l1_ratio, tol=tol, **settings
            )

        found, seconds = timer(fit)
        columns = [coef.reshape((-1, 1), order="F") for coef in found.coefs]
        intercepts = found.intercepts.T if task.outputs > 1 else found.intercepts.ravel()
        return Fit(sparse.csc_matrix(sparse.hstack(columns)), intercepts, seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        settings: dict[str, Any] = {
            "l1_ratio": task.l1_ratio,
            "alphas": task.alphas,
            "cv": task.pairs,
            "tol": tol,
        }
        model: Any
        if task.loss in _CHOOSERS:
            model = _CHOOSERS[task.loss](**settings)
        else:
            model = bridle.ElasticNetCV(loss=task.loss, **settings)
        found, seconds = timer(lambda: model.fit(task.X, task.y))
        return Validation(found.mean_scores_[0], seconds)


def _described(task: Task) -> tuple[Any, dict[str, Any]]:
    """Return y as the path function takes it, and what it is told about the loss."""
    if task.loss == "cox":
        time, event = task.y.T
        return event, {"loss": Cox(time, event > 0), "fit_intercept": False}
    if task.loss == "responses":
        return task.y, {"penalty": bridle.ElasticNetPenalty(0.0, 0.0, group="rows")}
    return task.y, {"loss": task.loss}


SOLVER = Bridle()
