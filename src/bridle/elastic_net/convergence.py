"""What is said about fits that stopped short of their tolerance."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from sklearn.exceptions import ConvergenceWarning

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.errors import InputError

__all__ = ["report_unconverged"]


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
    for alpha, status, _ in fits:
        if status is Status.NOT_FINITE:
            raise InputError(f"The fit failed at alpha={alpha!r}. {status.value}")
    short = [one for one in fits if one[1] is Status.STOPPED]
    if not short:
        return
    alpha, status, certificate = max(short, key=lambda one: one[2].relative_gap)
    warnings.warn(
        f"{len(short)} of {len(fits)} fits did not converge. The worst, at alpha={alpha!r}, has the "
        f"relative duality gap {certificate.relative_gap:.3g} after max_iter={solver.max_iter!r} "
        f"iterations, above tol={solver.tol!r}. {status.value}",
        ConvergenceWarning,
        stacklevel=stacklevel + 1,
    )
