"""The ways in through which the faults of docs/trust.md come, and data for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    elastic_net_path,
)

STRENGTHS = [0.2, 0.05]
TOL = 1e-14

# Each takes X, y, weights (or None) and options that all of its kind know.
REGRESSIONS: dict[str, Callable[..., Any]] = {
    "path": lambda X, y, w=None, **options: elastic_net_path(
        X, y, sample_weight=w, **{"alphas": STRENGTHS, "tol": TOL, **options}
    ),
    "ElasticNet": lambda X, y, w=None, **options: ElasticNet(
        **{"alpha": STRENGTHS[-1], "tol": TOL, **options}
    ).fit(X, y, w),
    "ElasticNetCV": lambda X, y, w=None, **options: ElasticNetCV(
        **{"alphas": STRENGTHS[-1:], "cv": 2, "tol": TOL, **options}
    ).fit(X, y, w),
}
CLASSIFICATIONS: dict[str, Callable[..., Any]] = {
    "logistic path": lambda X, y, w=None, **options: elastic_net_path(
        X, y, loss="logistic", sample_weight=w, **{"alphas": STRENGTHS, "tol": TOL, **options}
    ),
    "ElasticNetClassifier": lambda X, y, w=None, **options: ElasticNetClassifier(
        **{"alpha": STRENGTHS[-1], "tol": TOL, **options}
    ).fit(X, y, w),
    "ElasticNetClassifierCV": lambda X, y, w=None, **options: ElasticNetClassifierCV(
        **{"alphas": STRENGTHS[-1:], "cv": 2, "tol": TOL, **options}
    ).fit(X, y, w),
}
ALL = {**REGRESSIONS, **CLASSIFICATIONS}


def data_for(way: str, n: int = 40, p: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + 1
    signal = X[:, 0] - X[:, 1] + 0.7 * rng.normal(size=n)
    return X, signal + 3 if way in REGRESSIONS else (signal > 0).astype(int)


def coef_of(fitted: Any) -> np.ndarray:
    """Return the coefficients at the last strength, shape (p,)."""
    coefs = getattr(fitted, "coefs", None)
    return np.ravel(fitted.coef_) if coefs is None else coefs[-1].toarray()[:, 0]


def intercept_of(fitted: Any) -> float:
    intercepts = getattr(fitted, "intercepts", None)
    return float(np.ravel(fitted.intercept_ if intercepts is None else intercepts[-1])[0])


def assert_close(one, other, rtol):
    """Compare in units of the largest."""
    np.testing.assert_allclose(one, other, rtol=0, atol=rtol * np.abs(other).max())
