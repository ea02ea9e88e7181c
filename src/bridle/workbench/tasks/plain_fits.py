"""Logistic and Poisson regression without a penalty, also where the solution is not unique."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from bridle.types import Array
from bridle.workbench.tasks.base import PlainFit

__all__ = ["VANISHING", "logistic_fit", "poisson_fit", "row_space"]

_MAX_ITER = 1000

VANISHING = 1e-6
"""Ridge strength relative to the curvature in the strongest direction of the rows."""


def poisson_fit(X: Array, y: npt.NDArray[Any]) -> PlainFit:
    """Fit counts; without a unique solution, in the row space and with a vanishing ridge penalty."""
    wide = X.shape[1] >= X.shape[0]
    middle, basis, strength = X.mean(axis=0), np.eye(X.shape[1]), 0.0
    if wide:
        _, sizes, basis = row_space(X)
        strength = VANISHING * float(sizes[0]) ** 2 / len(X)
    model = PoissonRegressor(alpha=strength, max_iter=_MAX_ITER, solver="newton-cholesky")
    converged = _fit_watching(model, (X - middle) @ basis, y)
    coef = basis @ model.coef_
    intercept = model.intercept_ - float(coef @ middle)
    details = {"converged": converged, "minimum_norm": wide}
    return PlainFit(coef[:, None], np.array([intercept]), details)


def logistic_fit(X: Array, y: npt.NDArray[Any]) -> PlainFit:
    """Fit classes; with as many features as rows, in the row space and with a vanishing ridge."""
    wide = X.shape[1] >= X.shape[0]
    model, converged = _logistic_of_smallest_norm(X, y) if wide else _logistic(X, y)
    details = {
        "converged": converged,
        "minimum_norm": wide,
        "separated": bool((model.predict(X) == y).all()),
    }
    return PlainFit(model.coef_.T, model.intercept_, details)


def row_space(X: Array) -> tuple[Array, Array, Array]:
    """Return left singular vectors, sizes and basis (p, rank) of the centred rows."""
    left, sizes, right = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    spanned = sizes > sizes[0] * np.finfo(float).eps * max(X.shape)
    return left[:, spanned], sizes[spanned], right[spanned].T


def _logistic(X: Array, y: npt.NDArray[Any]) -> tuple[LogisticRegression, bool]:
    model = LogisticRegression(C=np.inf, max_iter=_MAX_ITER)
    return model, _fit_watching(model, X, y)


def _logistic_of_smallest_norm(X: Array, y: npt.NDArray[Any]) -> tuple[LogisticRegression, bool]:
    """Fit with a vanishing ridge in the row space, which contains the solution."""
    left, sizes, basis = row_space(X)
    strength = VANISHING * float(sizes[0]) ** 2
    model = LogisticRegression(C=1 / strength, max_iter=_MAX_ITER, solver="newton-cholesky")
    converged = _fit_watching(model, left * sizes, y)
    model.coef_ = model.coef_ @ basis.T
    model.intercept_ = model.intercept_ - model.coef_ @ X.mean(axis=0)
    model.n_features_in_ = X.shape[1]
    return model, converged


def _fit_watching(model: LogisticRegression | PoissonRegressor, X: Any, y: Any) -> bool:
    """Fit, and return whether the solver converged within its iterations."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    return not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
