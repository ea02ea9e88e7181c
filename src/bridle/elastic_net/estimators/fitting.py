"""What both estimators do between checked data and fitted attributes."""

from __future__ import annotations

import numbers
import warnings
from dataclasses import dataclass, fields
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.design import DenseDesign, Design, StandardizedDesign, standardized
from bridle.elastic_net.inputs import check_columns
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.errors import InputError

__all__ = [
    "Fitted",
    "Settings",
    "check_sample_weight",
    "fit_linear_model",
    "forget",
    "new_data",
]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """An estimator's parameters, checked. Their meaning is the estimators'."""

    alpha: float
    l1_ratio: float
    fit_intercept: bool
    standardize: bool
    positive: bool
    tol: float
    max_iter: int

    @classmethod
    def of(cls, estimator: Any) -> Self:
        """Read and check the parameters of an estimator."""
        return cls(**{one.name: getattr(estimator, one.name) for one in fields(cls)})

    def __post_init__(self) -> None:
        for name in ("fit_intercept", "standardize", "positive"):
            if not isinstance(getattr(self, name), (bool, np.bool_)):
                _refuse(name, "True or False", getattr(self, name))
        if not _is_number(self.tol, numbers.Real) or not 0 < self.tol < np.inf:
            _refuse("tol", "in (0, inf)", self.tol)
        if not _is_number(self.max_iter, numbers.Integral) or self.max_iter < 1:
            _refuse("max_iter", "an integer of at least 1", self.max_iter)
        self.penalty()  # which checks alpha and l1_ratio

    def penalty(self) -> ElasticNetPenalty:
        """Return the penalty on the scale of the coefficients that are penalised."""
        translated = ElasticNetPenalty.from_sklearn(self.alpha, self.l1_ratio)
        lower = 0.0 if self.positive else -np.inf
        return ElasticNetPenalty(translated.l1, translated.l2, lower=lower)


@dataclass(frozen=True)
class Fitted:
    """Coefficients (p, outputs) and intercept (outputs,) on the scale of X, and their evidence."""

    coef: Array
    intercept: Array
    certificate: Certificate
    iterations: int


def fit_linear_model(
    X: npt.NDArray[Any],
    targets: Array,
    loss: Loss,
    settings: Settings,
    weights: Array | None,
    start: tuple[Array, Array] | None,
) -> Fitted:
    """Fit coefficients on the original scale; warn where the certificate falls short.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    targets : ndarray of shape (n, outputs)
    loss : Loss
    settings : Settings
    weights : ndarray of shape (n,) or None
    start : tuple of coef (p, outputs) and intercept (outputs,), or None
        On the original scale.
    """
    plain = DenseDesign(X)
    problem = _problem(plain, targets, loss, settings, weights)
    wrapper = _standardize(plain, problem.weights, settings)
    if wrapper is not None:
        problem = _problem(wrapper, targets, loss, settings, weights)
        start = None if start is None else wrapper.from_original(*start)
    solver = CoordinateDescent(tol=settings.tol, max_iter=settings.max_iter)
    solution = solver.solve(problem, start)
    if solution.status is Status.NOT_FINITE:
        raise InputError(f"The fit failed at alpha={settings.alpha!r}. {solution.status.value}")
    if solution.status is Status.STOPPED:
        gap = solution.certificate.relative_gap
        warnings.warn(
            f"alpha={settings.alpha!r}: the relative duality gap is {gap:.3g} after "
            f"max_iter={settings.max_iter!r} iterations, above tol={settings.tol!r}. "
            f"{solution.status.value}",
            ConvergenceWarning,
            stacklevel=3,
        )
    coef, intercept = solution.coef, solution.intercept
    if wrapper is not None:
        coef, intercept = wrapper.to_original(coef, intercept)
    return Fitted(coef, intercept, solution.certificate, solution.iterations)


def _problem(
    design: Design, targets: Array, loss: Loss, settings: Settings, weights: Array | None
) -> Problem:
    return Problem.build(
        design,
        targets,
        loss,
        settings.penalty(),
        weights=weights,
        fit_intercept=settings.fit_intercept,
    )


def _standardize(design: Design, weights: Array, settings: Settings) -> StandardizedDesign | None:
    if not settings.standardize:
        return None
    return standardized(design, weights, center=settings.fit_intercept)


def forget(estimator: Any) -> None:
    """Remove what an earlier fit left, so that a fit that fails leaves an unfitted estimator."""
    for name in [one for one in vars(estimator) if one.endswith("_")]:
        delattr(estimator, name)


def new_data(estimator: Any, X: npt.ArrayLike) -> npt.NDArray[Any]:
    """Check an X to predict for, against the X that the estimator was fitted to."""
    check_is_fitted(estimator, "coef_")
    data: Any = validate_data(
        estimator, X, dtype=(np.float64, np.float32), reset=False, ensure_all_finite=False
    )
    check_columns(data, getattr(estimator, "feature_names_in_", None))
    return data


def check_sample_weight(sample_weight: object, X: npt.NDArray[Any]) -> Array | None:
    """Return weights as an array of shape (n,), or None where there are none."""
    if sample_weight is None:
        return None
    return _check_sample_weight(sample_weight, X, dtype=np.float64)


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, (bool, np.bool_))


def _refuse(name: str, allowed: str, value: object) -> NoReturn:
    raise InputError(f"{name} must be {allowed}. Received: {name}={value!r}.")
