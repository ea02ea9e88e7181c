"""The linear model without any penalty."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression

from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.protocol import Protocol

__all__ = ["Linear"]

_MAX_ITER = 1000


class Linear(Arm):
    """Least squares (the solution of smallest norm), or logistic regression, unpenalised.

    Where the classes can be separated, the coefficients of a logistic regression grow without end;
    they are then those at which scikit-learn's solver stopped.
    """

    name = "linear"
    title = "linear, no penalty"
    needs_network = False

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Fit by scikit-learn; see `bridle.workbench.arm.base.Arm.fit`."""
        X, y = split.train.X, split.train.y
        if not split.task.is_classification:
            line = LinearRegression().fit(X, y)
            return Fit(predict=line.predict, coefficients=line.coef_[:, None])
        model = LogisticRegression(C=np.inf, max_iter=_MAX_ITER)
        converged = _fit_watching(model, X, y)
        return Fit(
            predict=model.predict_proba,
            coefficients=model.coef_.T,
            details={"converged": converged},
        )


def _fit_watching(model: LogisticRegression, X: Any, y: Any) -> bool:
    """Fit, and return whether the solver converged rather than ran out of iterations."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    return not any(issubclass(one.category, ConvergenceWarning) for one in caught)
