"""Warnings about unconverged fits, separable classes and perfect fits."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from bridle.arguments.not_finite import column_label
from bridle.elastic_net.optimality.certificate import Certificate, kkt_limit
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.errors import DataWarning, InputError
from bridle.types import Array

__all__ = [
    "refuse_failed",
    "report_explained",
    "report_separating_path",
    "report_separation",
    "report_unconverged",
]


_NOTHING_LEFT = (
    "y equals its offset up to rounding, or up to rounding and a constant. What is left has hardly a "
    "digit in float64, so neither coefficients nor their certificate say anything of it. Subtract the "
    "offset when y is first computed, if the rest matters."
)
# Fraction of the null deviance that is left: so little only if the classes separate.
_SEPARATED = 1e-3
_NAMED = 5


def refuse_failed(fits: Iterable[tuple[float, Status, Certificate]]) -> None:
    """Refuse fits that have overflowed, which have no usable coefficients.

    Raises
    ------
    InputError
        A fit has failed; the message has its strength and a remedy.
    """
    for alpha, status, _ in fits:
        if status is Status.NOT_FINITE:
            raise InputError(f"The fit failed at alpha={alpha!r}. {status.value}")


def report_unconverged(
    fits: Iterable[tuple[float, Status, Certificate]], solver: CoordinateDescent, stacklevel: int
) -> None:
    """Issue one `ConvergenceWarning` for all unconverged fits, which names the worst.

    Parameters
    ----------
    fits : iterable of (strength, status, certificate)
    solver : CoordinateDescent
        The solver of the fits.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.

    Raises
    ------
    InputError
        A fit has overflowed; it has no usable coefficients.
    """
    fits = list(fits)
    refuse_failed(fits)
    short = [fit for fit in fits if fit[1] in (Status.STOPPED, Status.STALLED)]
    if not short:
        return
    alpha, status, certificate = max(short, key=lambda fit: fit[2].excess(solver.tol))
    which = "The fit" if len(fits) == 1 else f"{len(short)} of {len(fits)} fits"
    where = "It" if len(fits) == 1 else "The worst"
    warnings.warn(
        f"{which} did not converge. {where}, at alpha={alpha!r}, "
        f"{_shortcoming(status, certificate, solver)}. "
        f"{status.value}",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )


def report_explained(problem: Problem, names: tuple[str, ...] | None, stacklevel: int) -> None:
    """Warn if the unpenalised features, or the offset, fit perfectly, so that no feature can enter.

    Parameters
    ----------
    problem : Problem
    names : tuple of str, optional
        Names of the features.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.
    """
    null = problem.null
    used = problem.unpenalized[np.any(null.coef != 0, axis=1)]
    if null.half_deviance > 0:
        return
    if used.size == 0:
        # A constant y is not doubtful; spread that only rounding could have made is.
        if problem.loss.is_quadratic and np.any(problem.offset):
            left = (problem.y - problem.offset)[problem.weights > 0]
            if np.ptp(left, axis=0).any():
                warnings.warn(_NOTHING_LEFT, DataWarning, stacklevel=stacklevel + 1)
        return
    listed = ", ".join(column_label(int(feature), names) for feature in used[:_NAMED])
    listed += f" and {used.size - _NAMED} more" if used.size > _NAMED else ""
    warnings.warn(
        f"The unpenalised features {problem.loss.perfect_fit}: {listed}. Nothing is left for the "
        "other features; their coefficients are 0. Give these features a penalty factor above 0, or "
        "fit more rows.",
        DataWarning,
        stacklevel=stacklevel + 1,
    )


def _shortcoming(status: Status, certificate: Certificate, solver: CoordinateDescent) -> str:
    tol = f"tol={solver.tol!r}"
    after = f" after max_iter={solver.max_iter!r} iterations" if status is Status.STOPPED else ""
    if not certificate.relative_gap <= solver.tol:
        return f"has the relative duality gap {certificate.relative_gap:.3g}{after}, above {tol}"
    return (
        f"violates a KKT condition by {certificate.kkt:.3g} of its l1 strength{after}, above the "
        f"{kkt_limit(solver.tol):.3g} that {tol} allows"
    )


def report_separation(
    problem: Problem, alphas: Sequence[float], losses: Sequence[float], stacklevel: int
) -> bool:
    """Warn if the classes are so well separated that only the penalty limits the coefficients.

    The criterion is the one by which glmnet stops its path: less than 0.1 % of the null deviance is
    left.

    Parameters
    ----------
    problem : Problem
    alphas, losses : sequence of float
        Strengths, and the mean loss at each.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.

    Returns
    -------
    bool
        Whether a warning was issued.
    """
    if not problem.loss.most_classes:
        return False
    floor = problem.null.value - (1 - _SEPARATED) * problem.null.half_deviance
    separated = [alpha for alpha, loss in zip(alphas, losses, strict=True) if loss < floor]
    if separated and problem.null.half_deviance > 0:
        below = " and below" if len(separated) > 1 else ""
        warnings.warn(
            f"The features separate the classes: at alpha={max(separated):.4g}{below} less than "
            f"{_SEPARATED:g} of the null deviance is left. Only the penalty limits the coefficients; "
            "they grow without bound as alpha goes to 0. Raise alpha.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )
        return True
    return False


def report_separating_path(
    problem: Problem, alphas: Sequence[float], losses: Sequence[float], last: Array, stacklevel: int
) -> None:
    """Warn as `report_separation` does, or if the weakest fit of a path classifies every row correctly.

    If there are fewer features than rows, that rarely happens by chance: the classes are separable, and
    the fit without a penalty does not exist, even if the path ends before its coefficients grow large.
    If there are more, it can always happen, so there is no warning.

    Parameters
    ----------
    problem : Problem
    alphas, losses : sequence of float
        Strengths, and the mean loss at each.
    last : ndarray of shape (n, outputs)
        Linear predictor at the smallest strength.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.
    """
    if report_separation(problem, alphas, losses, stacklevel + 1):
        return
    if not problem.loss.most_classes:
        return
    rows = problem.weights > 0
    wrong = np.abs(problem.loss.inverse_link(last[rows]) - problem.y[rows]) >= 0.5
    narrow = np.count_nonzero(np.isfinite(problem.factors)) < np.count_nonzero(rows)
    if narrow and problem.null.half_deviance > 0 and not wrong.any():
        warnings.warn(
            f"The features separate the classes: at alpha={min(alphas):.4g} every row is classified "
            "correctly. Only the penalty limits the coefficients; they grow without bound as alpha goes "
            "to 0.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )
