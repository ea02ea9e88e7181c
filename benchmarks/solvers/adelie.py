"""adelie."""

from __future__ import annotations

from typing import Any

import adelie
import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, cox_score, decades, mean_scores
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]

_THREADS = 2
_FAMILIES = {
    "squared": adelie.glm.gaussian,
    "logistic": adelie.glm.binomial,
    "poisson": adelie.glm.poisson,
    "responses": adelie.glm.multigaussian,
}


class Adelie(Solver):
    """`grpnet` with two threads.

    Its `cv_grpnet` takes neither folds nor strengths (and finds the largest one for the lasso
    alone), so its loop stands here: each fold is `grpnet` with weights of 0 on the rows that test.
    """

    tolerances = decades(-4, -14)

    def version(self) -> str:
        return adelie.__version__

    def supports(self, case: Case) -> str | None:
        if case.loss == "multinomial":
            return "it penalises the coefficients of all classes together"
        return f"it has no {case.loss} loss" if case.loss in ("gamma", "tweedie") else None

    def validates(self, case: Case) -> str | None:
        return self.supports(case)

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        state, seconds = timer(lambda: _fit(task, _matrix(task), tol, None))
        intercepts = np.asarray(state.intercepts, np.float64)
        coefs = sparse.csc_matrix(state.betas.T)
        if task.outputs == 1:
            return Fit(coefs, intercepts.ravel(), seconds)
        # It has the outputs of a feature side by side.
        order = np.arange(coefs.shape[0]).reshape(-1, task.outputs).T.ravel()
        return Fit(sparse.csc_matrix(coefs[order]), intercepts.T, seconds)

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        score, seconds = timer(lambda: _cross_validate(task, tol))
        return Validation(score, seconds)


def _matrix(task: Task) -> Any:
    if task.sparse:
        return adelie.matrix.sparse(task.X, method="naive", n_threads=_THREADS)
    # It reads columns: rows are slower than a copy, which is on the clock.
    data = np.asfortranarray(task.X)
    return adelie.matrix.dense(data, method="naive", n_threads=_THREADS)


def _fit(task: Task, matrix: Any, tol: float, weights: npt.NDArray[np.floating] | None) -> Any:
    # By default the square root of a group's size.
    settings = {"penalty": np.ones(task.X.shape[1])} if task.loss == "responses" else {}
    return adelie.grpnet(
        matrix,
        _family(task, weights),
        alpha=task.l1_ratio,
        # It divides the loss by the number of outputs.
        lmda_path=task.alphas / task.outputs,
        intercept=task.loss != "cox",
        **settings,
        early_exit=False,
        tol=tol,
        irls_tol=tol,
        n_threads=_THREADS,
        progress_bar=False,
    )


def _family(task: Task, weights: npt.NDArray[np.floating] | None) -> Any:
    dtype = task.X.dtype.type
    if task.loss == "cox":
        time, event = np.asarray(task.y.T, dtype)
        start = np.full_like(time, -np.inf)
        return adelie.glm.cox(start, time, event, weights=weights, dtype=dtype)
    return _FAMILIES[task.loss](task.y.astype(dtype, order="C"), weights=weights, dtype=dtype)


def _cross_validate(task: Task, tol: float) -> npt.NDArray[np.float64]:
    matrix = _matrix(task)
    scores = []
    for train, test in task.pairs:
        weights = np.zeros(task.y.shape[0], dtype=task.X.dtype)
        weights[train] = 1 / train.size
        state = _fit(task, matrix, tol, weights)
        eta = adelie.diagnostic.predict(matrix, state.betas, state.intercepts, n_threads=_THREADS)
        # From (S, n, ...) to (n, ..., S).
        eta = np.moveaxis(eta, 0, -1)
        if task.loss == "cox":
            scores.append(cox_score(task.y, train, eta))
        else:
            scores.append(mean_scores(task.loss, task.y[test], eta[test]))
    return np.mean(scores, axis=0)


SOLVER = Adelie()
