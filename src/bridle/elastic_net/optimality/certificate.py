"""Certificate of a solution: its duality gap and KKT violation, as `Problem.judge` computes them.

A solver that judged its own work could hide its own mistakes. `Problem.certify` reads only the data and
the coefficients, and bounds how far the objective can be above its minimum: a feasible dual point u
gives a lower bound D(u) on the minimum P*, so ``P(b) - P* <= P(b) - D(u)``, the duality gap.
`DualProblem` computes the bound, and `KktUnits` the units of KKT violations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Certificate", "kkt_limit"]

# Fraction of sqrt(tol): violations are then at most 1e-4 at the default tol; see `kkt_limit`.
_KKT_SHARE = 0.1


@dataclass(frozen=True)
class Certificate:
    """Evidence of how close a solution is to the optimum.

    Attributes
    ----------
    objective : float
        Loss plus penalty at the solution.
    gap : float
        Duality gap: the objective minus a lower bound on its minimum; at least 0.
    relative_gap : float
        The gap divided by half the null deviance (`NullModel.half_deviance`). If that is 0: 0 for a gap
        within rounding, else inf.
    kkt : float
        Largest violation of the KKT conditions over all coefficients and intercepts, each as a fraction
        of its feature's l1 strength (see `KktUnits`). The units of X and y cancel. 0 if the null
        model is perfect: the gap alone decides.
    """

    objective: float
    gap: float
    relative_gap: float
    kkt: float

    def meets(self, tol: float) -> bool:
        """Return True if the relative gap is at most ``tol`` and ``kkt`` at most ``kkt_limit(tol)``."""
        return self.relative_gap <= tol and self.kkt <= kkt_limit(tol)

    def excess(self, tol: float) -> float:
        """Return the larger of gap and ``kkt``, each over its limit: at most 1 if ``tol`` is met."""
        return max(self.relative_gap / tol, self.kkt / kkt_limit(tol))


def kkt_limit(tol: float) -> float:
    """Return the largest KKT violation that a tolerance allows, ``0.1 sqrt(tol)``: 1e-4 at 1e-6.

    Near the optimum the gap is proportional to the squared violation, so a limit on the gap alone would
    allow violations of the order of ``sqrt(tol)``.
    """
    return _KKT_SHARE * float(np.sqrt(tol))
