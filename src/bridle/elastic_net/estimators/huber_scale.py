r"""Scale of Huber's loss that is estimated together with the coefficients.

With the loss h of residuals r, squared up to ``epsilon s`` and linear beyond, the scale s is a variable
of the objective,

``sum_i w_i (s / 2 + h(r_i) / s) / sum_i w_i + penalty(b)``,

which is convex in coefficients, intercept and scale together. Without an l1 penalty it is that of
scikit-learn's ``HuberRegressor``, whose alpha is n times ours.

At a given scale the coefficients are those of Huber's loss at s times the strength. The derivative in s
of the smallest objective at each scale is half of 1 minus the mean of ``min(r / s, epsilon)^2`` at these
coefficients, for sizes r of residuals. It rises with s, and its zero is the estimate.

For normal noise and epsilon 1.35 it is 0.68 of the standard deviation.

Sources: Huber (1981), "Robust statistics", section 7.8; Owen (2007), "A robust hybrid of lasso and ridge
regression".
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import brentq

from bridle.elastic_net.data.given_rows import Data
from bridle.elastic_net.estimators.fitting import Fitted, Settings, fit_linear_model, specified
from bridle.elastic_net.estimators.numbers import encode_numbers
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.loss import Huber
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["fit_with_scale"]

# Error of the logarithm of the scale. Residuals have to be better known than the solution is wanted.
_PRECISION = 1e-9
_TIGHTER = 1e-3
_FACTOR = 4.0
_SMALLEST = 1e-8
# The standard deviation of normal noise over its median absolute deviation.
_NORMAL = 1.4826


def fit_with_scale(
    data: Data, loss: Huber, settings: Settings, start: tuple[Array, Array] | None
) -> tuple[Fitted, float]:
    """Fit coefficients, intercept and scale, and return the fit at the scale, and the scale.

    Parameters
    ----------
    data : Data
    loss : Huber
        Whose scale is estimated.
    settings : Settings
    start : tuple of coef (p, 1) and intercept (1,), or None
        Warm start of the last fit, on the original scale.

    Raises
    ------
    InputError
        See `fit_linear_model`; or y does not vary, or most rows are explained without an error, so that
        every scale is too large.
    """
    targets = encode_numbers(Huber(loss.epsilon), data.labels, data.weights)
    with quiet_arithmetic():
        specification = specified(data, targets, settings)
        search = _Search(specification, settings, loss.epsilon)
        scale = search.scale()
    held = encode_numbers(Huber(loss.epsilon, scale), data.labels, data.weights)
    return fit_linear_model(data, held, _at(settings, scale), start), scale


def _at(settings: Settings, scale: float) -> Settings:
    """Return settings with the strength at which the coefficients of a scale are fitted."""
    return replace(settings, alpha=settings.alpha * scale)


class _Search:
    """Search of a scale; every fit starts from the one before."""

    def __init__(self, specification: Specification, settings: Settings, epsilon: float) -> None:
        self.specification, self.settings, self.epsilon = specification, settings, epsilon
        self.problem: Problem = specification.problem()
        self.solver = CoordinateDescent(
            tol=_TIGHTER * settings.tol, max_iter=int(settings.max_iter)
        )
        self.start: tuple[Array, Array] | None = None

    def scale(self) -> float:
        """Return the scale at which `excess` is 0."""
        low = high = math.log(self._first())
        smallest = low + math.log(_SMALLEST)
        if self.excess(low) > 0:
            while self.excess(high := high + math.log(_FACTOR)) > 0:
                low = high
        else:
            while self.excess(low := low - math.log(_FACTOR)) <= 0:
                high = low
                if low < smallest:
                    raise self._no_scale()
        found: Any = brentq(self.excess, low, high, xtol=_PRECISION)
        return math.exp(found)

    def excess(self, log_scale: float) -> float:
        """Return the mean of ``min(r^2 / s^2, epsilon^2)`` minus 1 at the solution of a scale s."""
        scale = math.exp(log_scale)
        settings, units = _at(self.settings, scale), self.specification.units
        problem = self.problem.with_loss(Huber(self.epsilon, scale))
        penalty = units.penalty_at(problem.penalty, settings.alpha, settings.l1_ratio)
        solution = self.solver.solve(problem.with_penalty(penalty), self.start)
        self.start = solution.coef, solution.intercept
        eta = problem.linear_predictor(solution.coef, solution.intercept)
        clipped = np.minimum(np.abs(problem.y - eta)[:, 0] / scale, self.epsilon)
        return float(problem.weights @ clipped**2) - 1

    def _first(self) -> float:
        """Return the scale of the targets without features: by their median, or by their mean."""
        used = self.problem.weights > 0
        values = (self.problem.y - self.problem.offset)[used, 0]
        by_median = _NORMAL * float(np.median(np.abs(values - np.median(values))))
        found = by_median or float(values.std())
        if not found > 0:
            raise self._no_scale()
        return found

    def _no_scale(self) -> InputError:
        loss = Huber(self.epsilon, "estimated")
        return InputError(
            "loss must have a number for its scale if the features, or the intercept alone, explain y "
            "without an error in too many rows to estimate it. Received: "
            f"{loss!r} at alpha={self.settings.alpha:g}. Give it a number, or use a larger alpha."
        )
