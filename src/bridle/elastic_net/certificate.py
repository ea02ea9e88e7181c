"""Certificate: evidence that a solution is good, computed by the problem and never by the solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Certificate", "kkt_limit"]

_KKT_SHARE = 0.1


@dataclass(frozen=True)
class Certificate:
    """How far, at most, a solution is from the best one.

    Attributes
    ----------
    objective : float
        Loss plus penalty of the solution.
    gap : float
        Duality gap: the objective minus a lower bound of the best objective, at least 0.
    relative_gap : float
        Gap over half the null deviance (`NullModel.half_deviance`); where that is 0, 0 if the gap is
        what rounding leaves.
    kkt : float
        Largest violation of the optimality conditions over all coefficients and intercepts, each as a
        share of the l1 strength of its feature (see `Problem.kkt_units`). Neither the units of X nor
        those of y matter.
    """

    objective: float
    gap: float
    relative_gap: float
    kkt: float

    def meets(self, tol: float) -> bool:
        """Whether the relative gap is at most ``tol``, and ``kkt`` at most `kkt_limit` of it."""
        return self.relative_gap <= tol and self.kkt <= kkt_limit(tol)

    def excess(self, tol: float) -> float:
        """Return how many times over what ``tol`` allows the worse of gap and ``kkt`` is."""
        return max(self.relative_gap / tol, self.kkt / kkt_limit(tol))


def kkt_limit(tol: float) -> float:
    """Return the largest violation that a tolerance allows, ``0.1 sqrt(tol)``: 1e-4 at 1e-6.

    Near the optimum the gap goes with the square of the violations, so a tolerance of the gap alone
    would leave them its square root.
    """
    return _KKT_SHARE * float(np.sqrt(tol))
