"""`linear`: the linear model without a penalty."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor

from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.protocol import Protocol

__all__ = ["Linear"]

_MAX_ITER = 1000

_VANISHING = 1e-6
"""Ridge strength relative to the curvature in the strongest direction of the rows."""


class Linear(Arm):
    """Least squares, logistic or Poisson regression without a penalty.

    With as many features as rows the solution is not unique. Least squares then uses the solution
    with the smallest norm. A logistic regression has no finite solution, since the classes are
    separated: the limit of a vanishing ridge penalty is used, which has the direction with the
    smallest norm. The same limit is used for a Poisson regression. With fewer features, classes may be
    separated too; the coefficients are then those at which scikit-learn's solver stopped.
    """

    name = "linear"
    title = "linear, no penalty"
    needs_network = False

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Fit with scikit-learn; see `bridle.workbench.arm.base.Arm.fit`."""
        X, y = split.train.X, split.train.y
        wide = X.shape[1] >= X.shape[0]
        if split.task.kind == "count":
            return _poisson(X, y)
        if not split.task.is_classification:
            line = LinearRegression().fit(X, y)
            coef = line.coef_[:, None]
            return Fit(
                predict=LinearPredictor("regression", coef, np.array([line.intercept_])),
                coefficients=coef,
                details={"minimum_norm": wide},
            )
        model, converged = _logistic_of_smallest_norm(X, y) if wide else _logistic(X, y)
        return Fit(
            predict=LinearPredictor(split.task.kind, model.coef_.T, model.intercept_),
            coefficients=model.coef_.T,
            details={
                "converged": converged,
                "minimum_norm": wide,
                "separated": bool((model.predict(X) == y).all()),
            },
        )


def _poisson(X: Any, y: Any) -> Fit:
    """Fit counts; without a unique solution, in the row space and with a vanishing ridge penalty."""
    wide = X.shape[1] >= X.shape[0]
    middle, basis, strength = X.mean(axis=0), np.eye(X.shape[1]), 0.0
    if wide:
        _, sizes, right = np.linalg.svd(X - middle, full_matrices=False)
        basis = right[sizes > sizes[0] * np.finfo(float).eps * max(X.shape)].T
        strength = _VANISHING * float(sizes[0]) ** 2 / len(X)
    model = PoissonRegressor(alpha=strength, max_iter=_MAX_ITER, solver="newton-cholesky")
    converged = _fit_watching(model, (X - middle) @ basis, y)
    coef = basis @ model.coef_
    intercept = model.intercept_ - float(coef @ middle)
    return Fit(
        predict=LinearPredictor("count", coef[:, None], np.array([intercept])),
        coefficients=coef[:, None],
        details={"converged": converged, "minimum_norm": wide},
    )


def _logistic(X: Any, y: Any) -> tuple[LogisticRegression, bool]:
    model = LogisticRegression(C=np.inf, max_iter=_MAX_ITER)
    return model, _fit_watching(model, X, y)


def _logistic_of_smallest_norm(X: Any, y: Any) -> tuple[LogisticRegression, bool]:
    """Fit with a vanishing ridge in the row space, which contains the solution."""
    middle = X.mean(axis=0)
    left, sizes, right = np.linalg.svd(X - middle, full_matrices=False)
    spanned = sizes > sizes[0] * np.finfo(float).eps * max(X.shape)
    strength = _VANISHING * float(sizes[0]) ** 2
    model = LogisticRegression(C=1 / strength, max_iter=_MAX_ITER, solver="newton-cholesky")
    converged = _fit_watching(model, (left * sizes)[:, spanned], y)
    model.coef_ = model.coef_ @ right[spanned]
    model.intercept_ = model.intercept_ - model.coef_ @ middle
    model.n_features_in_ = X.shape[1]
    return model, converged


def _fit_watching(model: LogisticRegression | PoissonRegressor, X: Any, y: Any) -> bool:
    """Fit, and return whether the solver converged within its iterations."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    return not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
