"""Warnings of fits that stopped short of their tolerance, or that have no end."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from bridle.diagnosis import column_label
from bridle.elastic_net.certificate import Certificate, kkt_limit
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


_SEPARATED = 1e-3
_NAMED = 5


def refuse_failed(fits: Iterable[tuple[float, Status, Certificate]]) -> None:
    """Raise an `InputError` where a fit ceased to be finite: there is nothing to be used."""
    for alpha, status, _ in fits:
        if status is Status.NOT_FINITE:
            raise InputError(f"The fit failed at alpha={alpha!r}. {status.value}")


def report_unconverged(
    fits: Iterable[tuple[float, Status, Certificate]], solver: CoordinateDescent, stacklevel: int
) -> None:
    """Warn once about all fits that are not converged, naming the worst.

    Parameters
    ----------
    fits : iterable of (strength, status, certificate)
    solver : CoordinateDescent
        That they were solved with.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.

    Raises
    ------
    InputError
        When a fit ceased to be finite: there is nothing to be used.
    """
    fits = list(fits)
    refuse_failed(fits)
    short = [one for one in fits if one[1] in (Status.STOPPED, Status.STALLED)]
    if not short:
        return
    alpha, status, certificate = max(short, key=lambda one: one[2].excess(solver.tol))
    which = "The fit" if len(fits) == 1 else f"{len(short)} of {len(fits)} fits"
    where = "It" if len(fits) == 1 else "The worst"
    warnings.warn(
        f"{which} did not converge. {where}, at alpha={alpha!r}, {_shortcoming(certificate, solver)}. "
        f"{status.value}",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )


def report_explained(problem: Problem, names: tuple[str, ...] | None, stacklevel: int) -> None:
    """Warn where unpenalised features explain all there is, so that no other can enter.

    Parameters
    ----------
    problem : Problem
    names : tuple of str, optional
        Of the features.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.
    """
    null = problem.null
    used = problem.unpenalized[np.any(null.coef != 0, axis=1)]
    if null.half_deviance > 0 or used.size == 0:
        return
    listed = ", ".join(column_label(int(one), names) for one in used[:_NAMED])
    listed += f" and {used.size - _NAMED} more" if used.size > _NAMED else ""
    warnings.warn(
        f"The features without a penalty {problem.loss.perfect_fit}: {listed}. Nothing is left for "
        "the others, whose coefficients are 0. Give these a penalty factor above 0, or fit more rows.",
        DataWarning,
        stacklevel=stacklevel + 1,
    )


def _shortcoming(certificate: Certificate, solver: CoordinateDescent) -> str:
    after, tol = f"after max_iter={solver.max_iter!r} iterations", f"tol={solver.tol!r}"
    if not certificate.relative_gap <= solver.tol:
        return f"has the relative duality gap {certificate.relative_gap:.3g} {after}, above {tol}"
    return (
        f"violates an optimality condition by {certificate.kkt:.3g} of its l1 strength {after}, above "
        f"the {kkt_limit(solver.tol):.3g} that {tol} allows"
    )


def report_separation(
    problem: Problem, alphas: Sequence[float], losses: Sequence[float], stacklevel: int
) -> bool:
    """Warn where classes are told apart so well that only the penalty holds the coefficients.

    That is where less than a thousandth of the null deviance is left, at which glmnet ends its path.

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
        Whether it warned.
    """
    if not problem.loss.most_classes:
        return False
    floor = problem.null.value - (1 - _SEPARATED) * problem.null.half_deviance
    held = [alpha for alpha, loss in zip(alphas, losses, strict=True) if loss < floor]
    if held and problem.null.half_deviance > 0:
        below = " and below" if len(held) > 1 else ""
        warnings.warn(
            f"The features separate the classes: at alpha={max(held):.4g}{below} less than "
            f"{_SEPARATED:g} of the null deviance is left. Only the penalty holds the coefficients, "
            "which grow without end as alpha goes to 0. Raise alpha.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )
        return True
    return False


def report_separating_path(
    problem: Problem, alphas: Sequence[float], losses: Sequence[float], last: Array, stacklevel: int
) -> None:
    """Do the same for a path, and warn if its last fit puts every row on its class's side.

    Fewer features than rows seldom do that by chance: without a penalty there is no fit, though a path
    ends before its coefficients show it. More features always can.

    Parameters
    ----------
    problem : Problem
    alphas, losses : sequence of float
    last : ndarray of shape (n, outputs)
        Linear predictor at the smallest strength.
    stacklevel : int
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
            f"The features separate the classes: at alpha={min(alphas):.4g} every row is on its class's "
            "side. Coefficients are as large as the penalty lets them be, and grow without end as alpha "
            "goes to 0.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )
