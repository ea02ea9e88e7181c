"""Fit of an estimator: from checked data to coefficients and certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.arguments.scalars import refuse, switch
from bridle.elastic_net.data.given_rows import Data
from bridle.elastic_net.data.inputs import (
    Targets,
    check_offset,
    check_settings,
)
from bridle.elastic_net.data_warnings import warn_about_data
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.convergence import (
    report_explained,
    report_separation,
    report_unconverged,
)
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty, check_penalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.types import Array, Index

__all__ = [
    "Fitted",
    "Settings",
    "fit_linear_model",
    "for_table",
    "forget",
    "held_solution",
    "shape_of",
    "specified",
    "warm_start",
]


@dataclass(frozen=True)
class Settings:
    """The checked parameters of an estimator, which documents them."""

    alpha: float
    l1_ratio: float
    fit_intercept: bool
    standardize: bool
    positive: bool
    penalty: ElasticNetPenalty | None
    group: str | None
    tol: float
    max_iter: int

    @classmethod
    def of(cls, estimator: Any, **fixed: Any) -> Self:
        """Read and check the parameters of an estimator, except for those that are ``fixed``."""
        names = cls.__dataclass_fields__.keys() - fixed.keys()
        return cls(**fixed, **{name: getattr(estimator, name) for name in names})

    def __post_init__(self) -> None:
        check_settings(self.fit_intercept, self.standardize, self.tol, self.max_iter)
        switch("positive", self.positive)
        _ = self.objective  # checks alpha and l1_ratio

    @cached_property
    def objective(self) -> ElasticNetPenalty:
        """The penalty, with the estimator's strength, factors and bounds."""
        strength = ElasticNetPenalty.from_sklearn(self.alpha, self.l1_ratio)
        if self.penalty is None and not self.positive and self.group is None:
            return strength
        shape = shape_of(self.penalty, self.positive, self.group)
        return replace(shape, l1=strength.l1, l2=strength.l2)


def shape_of(
    penalty: ElasticNetPenalty | None, positive: bool, group: str | None = None
) -> ElasticNetPenalty:
    """Return a penalty of strength 0 with factors, bounds and group of an estimator's arguments.

    Raises
    ------
    InputError
        ``penalty``, ``positive`` or ``group`` cannot be used.
    """
    if penalty is None:
        return ElasticNetPenalty(0.0, 0.0, lower=0.0 if positive else -np.inf, group=group)
    check_penalty(penalty)
    shape = replace(penalty, l1=0.0, l2=0.0, group=penalty.group if group is None else group)
    return replace(shape, lower=0.0) if positive else shape


def for_table(penalty: ElasticNetPenalty, origin: Index | None) -> ElasticNetPenalty:
    """Return a penalty whose factors and bounds, if given by column of X, are by column of the table.

    The columns that are made of a column of categories get what that column has.

    Parameters
    ----------
    penalty : ElasticNetPenalty
    origin : ndarray of int of shape (columns of the table,) or None
        See `Data.origin`.

    Raises
    ------
    InputError
        There are as many factors or bounds as columns neither of X nor of the table.
    """
    if origin is None:
        return penalty
    given, made = int(origin[-1]) + 1, len(origin)

    def spread(name: str) -> float | Array:
        value: Any = getattr(penalty, name)
        if np.shape(value) not in ((), (given,), (made,)):
            wanted = (
                f"a number, or an array of shape ({given},) for the columns of X or of shape ({made},) "
                "for encoding_.names"
            )
            refuse(name, wanted, f"shape {np.shape(value)}")
        spread: float | Array = value[origin] if np.shape(value) == (given,) else value
        return spread

    return replace(penalty, factors=spread("factors"), lower=spread("lower"), upper=spread("upper"))


@dataclass(frozen=True)
class Fitted:
    """Coefficients (p, outputs) and intercept (outputs,) on the scale of X, with their evidence.

    ``exact`` has both in float64, as the solver left them: from there a warm start begins.
    """

    coef: Array
    intercept: Array
    certificate: Certificate
    iterations: int
    deviance_explained: float
    exact: tuple[Array, Array]

    def hold_evidence(self, estimator: Any, data: Data) -> None:
        """Set the attributes that all estimators share: all but coefficients and intercepts."""
        estimator.has_offset_ = data.offset is not None
        estimator.certificate_ = self.certificate
        estimator.dual_gap_ = self.certificate.gap
        estimator.n_iter_ = self.iterations
        estimator.deviance_explained_ = self.deviance_explained
        estimator.n_rows_ = data.n_rows
        estimator._exact_ = self.exact


def fit_linear_model(
    data: Data, targets: Targets, settings: Settings, start: tuple[Array, Array] | None
) -> Fitted:
    """Fit a linear model and issue all warnings about the data and the fit.

    Parameters
    ----------
    data : Data
    targets : Targets
    settings : Settings
    start : tuple of coef (p, outputs) and intercept (outputs,), or None
        Warm start, on the original scale.

    Returns
    -------
    Fitted

    Raises
    ------
    InputError
        The warm start has another number of features, or the fit has failed.
    """
    with quiet_arithmetic():
        specification = specified(data, targets, settings)
        problem = specification.problem()
        units, strengths = specification.units, (settings.alpha, settings.l1_ratio)
        penalty = units.penalty_at(problem.penalty, *strengths)
        units.check_ridge(*strengths, penalty.l1, lambda: problem.strength_max(1.0))
        problem = problem.with_penalty(penalty)
        if start is not None:
            p = data.table.shape[1]
            if start[0].shape[0] != p:
                raise InputError(
                    f"X must have the {start[0].shape[0]} features of the previous fit, from which "
                    f"warm_start=True starts. Received: {p}. Set warm_start=False to start afresh."
                )
            start = specification.from_original(
                problem, sparse.csc_array(start[0].astype(np.float64)), start[1]
            )
        solver = CoordinateDescent(tol=settings.tol, max_iter=settings.max_iter)
        solution = solver.solve(problem, start)
        judged = [(settings.alpha, solution.status, solution.certificate)]
        report_unconverged(judged, solver, stacklevel=3)
        warn_about_data(specification, data.source, data.table, data.ranges, 3, data.origin)
        report_explained(problem, data.names, stacklevel=3)
        loss = solution.certificate.objective - problem.penalty.value(solution.coef)
        gain, most = problem.null.value - loss, problem.null.half_deviance
        explained = float(gain / most) if most > 0 else 0.0
        if not problem.loss.is_quadratic:
            report_separation(problem, [settings.alpha], [loss], stacklevel=3)
        exact = specification.solution_to_original(problem, solution.coef, solution.intercept)
        coef, level, certificate = held_solution(
            specification,
            problem,
            exact,
            solution.certificate,
            data.table.dtype,
            settings.tol,
        )
        return Fitted(coef, level, certificate, solution.iterations, explained, exact)


def specified(data: Data, targets: Targets, settings: Settings) -> Specification:
    """Return the specification of a fit, whose penalty has the strength of the settings."""
    return Specification.of(
        data.table,
        data.ranges,
        targets,
        for_table(settings.objective, data.origin),
        weights=data.weights,
        offset=check_offset(data.offset, targets.values.shape),
        fit_intercept=bool(settings.fit_intercept),
        standardize=bool(settings.standardize),
        terms=data.names,
    )


def held_solution(
    specification: Specification,
    problem: Problem,
    solution: tuple[Array, Array],
    certificate: Certificate,
    dtype: npt.DTypeLike,
    tol: float,
) -> tuple[Array, Array, Certificate]:
    """Return coefficients and intercept in the precision of the estimator, and their certificate.

    If X is float32, coefficients are rounded to float32 as well, unless rounding makes them miss
    ``tol``. The intercept stays float64 and absorbs the change of the mean linear predictor.

    Parameters
    ----------
    specification : Specification
    problem : Problem
        At the strength of the solution.
    solution : tuple of coef (p, outputs) and intercept (outputs,)
        On the original scale, in float64.
    certificate : Certificate
        Of the solution.
    dtype : dtype
        Of X.
    tol : float

    Returns
    -------
    coef, intercept : ndarray
    certificate : Certificate
        Of the rounded solution.
    """
    coef, level = solution
    if dtype != np.float32:
        return coef, level, certificate
    rounded: Any = coef.astype(np.float32)
    if not np.all(np.isfinite(rounded)):
        return coef, level, certificate
    lower, upper = (bound[:, None] for bound in specification.penalty.bounds(len(coef)))
    # Rounding must not move a coefficient beyond its bound.
    outside = (rounded < lower) | (rounded > upper)
    rounded = np.where(outside, np.nextafter(rounded, np.float32(0)), rounded)
    exact, base = specification.from_original(problem, sparse.csc_array(coef), level)
    held, moved = specification.from_original(
        problem, sparse.csc_array(rounded.astype(float)), level
    )
    if specification.fit_intercept:
        moved = base + problem.column_moments[0] @ (exact - held)
    other = problem.certify(held, moved)
    if certificate.meets(tol) and not other.meets(tol):
        return coef, level, certificate
    return rounded, specification.solution_to_original(problem, held, moved)[1], other


def warm_start(estimator: Any, coef: Array, intercept: Array) -> tuple[Array, Array]:
    """Return the start of a warm start: the exact solution, or ``coef_`` if the user has changed it.

    ``coef_`` in float32 is rounded, and so is no longer the solution.
    """
    exact: tuple[Array, Array] | None = vars(estimator).get("_exact_")
    if exact is None or not np.allclose(coef, exact[0], rtol=1e-6, atol=0.0):
        return coef, intercept
    return exact


def forget(estimator: Any) -> None:
    """Delete the attributes of an earlier fit, so that a failing fit leaves an unfitted estimator."""
    for name in [key for key in vars(estimator) if key.endswith("_")]:
        delattr(estimator, name)
