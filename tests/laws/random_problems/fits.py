"""How each way into the elastic net is asked for the answer to a random problem."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from tests.laws.random_problems.problems import RandomProblem

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    ElasticNetPenalty,
    elastic_net_path,
)
from bridle.elastic_net.design import design_of
from bridle.elastic_net.loss import LOSSES
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, Status

__all__ = ["Answer", "Outcome", "ask", "handed_over"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answer:
    """A solution on the original scale: coef (p, outputs), intercept (outputs,), and its evidence."""

    alpha: float
    coef: Array
    intercept: Array
    certificate: Any


@dataclass(eq=False)
class Outcome:
    """What came of a fit."""

    answers: list[Answer] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    error: Exception | None = None
    seconds: float = 0.0

    def warned(self, *parts: str) -> bool:
        """Whether the category or text of a warning holds one of these parts."""
        return any(part in one for pair in self.warnings for one in pair for part in parts)


def ask(problem: RandomProblem, folder: Path, **settings: Any) -> Outcome:
    """Fit a problem the way it says; settings (tol, max_iter) are handed on."""
    outcome = Outcome()
    X = handed_over(problem, folder)
    began = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome.answers = _WAYS[problem.entry](problem, X, settings)
        except Exception as error:
            outcome.error = error
    outcome.seconds = time.process_time() - began
    outcome.warnings += [(one.category.__name__, str(one.message)) for one in caught]
    return outcome


def handed_over(problem: RandomProblem, folder: Path) -> Any:
    """Return X in the layout of the problem."""
    X, layout = problem.X, problem.layout
    if layout == "memory map":
        path = folder / "X.bin"
        X.tofile(path)
        return np.memmap(path, dtype=X.dtype, mode="r", shape=X.shape)
    return {
        "C order": np.ascontiguousarray,
        "Fortran order": np.asfortranarray,
        "CSC": sparse.csc_array,
        "CSR": sparse.csr_array,
        "float32": lambda one: one.astype(np.float32),
    }[layout](X)


def _common(problem: RandomProblem) -> dict[str, Any]:
    return {
        "l1_ratio": problem.l1_ratio,
        "fit_intercept": problem.fit_intercept,
        "standardize": problem.standardize,
    }


def _penalty(problem: RandomProblem) -> ElasticNetPenalty:
    return ElasticNetPenalty(0.0, 0.0, problem.factors, problem.lower, problem.upper)


def _of_path(path: Any) -> list[Answer]:
    rows = zip(path.alphas, path.coefs, path.intercepts, path.certificates, strict=True)
    return [Answer(float(a), c.toarray(), np.atleast_1d(i), k) for a, c, i, k in rows]


def _path(problem: RandomProblem, X: Any, settings: dict[str, Any]) -> list[Answer]:
    return _of_path(
        elastic_net_path(
            X,
            problem.y,
            loss=problem.loss,
            alphas=6 if problem.entry == "grid" else problem.alphas,
            penalty=_penalty(problem),
            sample_weight=problem.weights,
            offset=problem.offset,
            n_jobs=1,
            **_common(problem),
            **settings,
        )
    )


def _estimator(problem: RandomProblem, X: Any, settings: dict[str, Any]) -> list[Answer]:
    kind = ElasticNet if problem.loss == "squared" else ElasticNetClassifier
    positive = problem.kinds["bounds"] == "nonnegative"
    alpha = float(problem.alphas[0])
    model = kind(alpha, positive=positive, **_common(problem), **settings)
    model.fit(X, problem.y, sample_weight=problem.weights)
    return [_of_estimator(model, alpha)]


def _cross_validation(problem: RandomProblem, X: Any, settings: dict[str, Any]) -> list[Answer]:
    kind = ElasticNetCV if problem.loss == "squared" else ElasticNetClassifierCV
    positive = problem.kinds["bounds"] == "nonnegative"
    model = kind(alphas=6, cv=3, positive=positive, n_jobs=1, **_common(problem), **settings)
    model.fit(X, problem.y, sample_weight=problem.weights)
    return [_of_estimator(model, float(model.alpha_)), *_of_path(model.path_)]


def _of_estimator(model: Any, alpha: float) -> Answer:
    coef = np.atleast_2d(model.coef_).T
    return Answer(alpha, coef, np.atleast_1d(model.intercept_), model.certificate_)


def _problem(problem: RandomProblem, X: Any, settings: dict[str, Any]) -> list[Answer]:
    X = X.tocsc() if sparse.issparse(X) else X
    built = Problem.build(
        design_of(X),
        problem.targets,
        LOSSES[problem.loss],
        _penalty(problem).with_strength(float(problem.alphas[0]), problem.l1_ratio),
        weights=problem.weights,
        offset=problem.offset,
        fit_intercept=problem.fit_intercept,
    )
    solution = CoordinateDescent(**settings).solve(built)
    if solution.status in (Status.STOPPED, Status.STALLED):
        warnings.warn(solution.status.value, ConvergenceWarning, stacklevel=1)
    if solution.status is Status.NOT_FINITE:
        raise FloatingPointError(solution.status.value)
    alpha = float(problem.alphas[0])
    return [Answer(alpha, solution.coef, solution.intercept, solution.certificate)]


_WAYS = {
    "path": _path,
    "grid": _path,
    "estimator": _estimator,
    "cross-validation": _cross_validation,
    "problem": _problem,
}
