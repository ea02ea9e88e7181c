"""Logistic and Poisson regression without a penalty, also where the solution is not unique."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from bridle.types import Array
from bridle.workbench.tasks.base import PlainFit

__all__ = ["CentredRows", "logistic_fit", "poisson_fit"]

_MAX_ITER = 1000

_VANISHING = 1e-6
"""Ridge strength relative to the curvature in the strongest direction of the rows."""


@dataclass(frozen=True)
class CentredRows:
    """Centred rows in the coordinates in which a model without a penalty is fitted.

    Attributes
    ----------
    columns : ndarray of shape (n, k)
        The features or, with as many features as rows, coordinates of the row space, which contains the
        solution of smallest norm.
    basis : ndarray of shape (p, k) or None
        That of the row space.
    ridge : float
        The strength of a vanishing ridge penalty in the row space; otherwise 0.
    """

    columns: Array
    basis: Array | None
    ridge: float

    @classmethod
    def of(cls, X: Array) -> CentredRows:
        """Return the centred rows of features of shape (n, p)."""
        if X.shape[1] < X.shape[0]:
            return cls(X - X.mean(axis=0), None, 0.0)
        left, sizes, basis = _row_space(X)
        return cls(left * sizes, basis, _VANISHING * float(sizes[0]) ** 2 / len(X))

    def in_features(self, coef: Array) -> Array:
        """Return coefficients of the features, from those of the coordinates, shape (k, ...)."""
        return coef if self.basis is None else self.basis @ coef


def poisson_fit(X: Array, y: npt.NDArray[Any]) -> PlainFit:
    """Fit counts; without a unique solution, in the row space and with a vanishing ridge penalty."""
    centred = CentredRows.of(X)
    model = PoissonRegressor(alpha=centred.ridge, max_iter=_MAX_ITER, solver="newton-cholesky")
    converged = _fit_watching(model, centred.columns, y)
    coef = centred.in_features(model.coef_)
    intercept = model.intercept_ - float(coef @ X.mean(axis=0))
    details = {"converged": converged, "minimum_norm": centred.basis is not None}
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


def _row_space(X: Array) -> tuple[Array, Array, Array]:
    """Return left singular vectors, sizes and basis (p, rank) of the centred rows."""
    left, sizes, right = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    spanned = sizes > sizes[0] * np.finfo(float).eps * max(X.shape)
    return left[:, spanned], sizes[spanned], right[spanned].T


def _logistic(X: Array, y: npt.NDArray[Any]) -> tuple[LogisticRegression, bool]:
    model = LogisticRegression(C=np.inf, max_iter=_MAX_ITER)
    return model, _fit_watching(model, X, y)


def _logistic_of_smallest_norm(X: Array, y: npt.NDArray[Any]) -> tuple[LogisticRegression, bool]:
    """Fit with a vanishing ridge in the row space, which contains the solution."""
    left, sizes, basis = _row_space(X)
    strength = _VANISHING * float(sizes[0]) ** 2
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
