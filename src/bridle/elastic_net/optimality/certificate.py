"""Certificate of a solution: its duality gap and KKT violation.

A solver that judged its own work could hide its own mistakes. `Problem.certify` reads only the data and
the coefficients, and bounds how far the objective can be above its minimum: a feasible dual point u
gives a lower bound D(u) on the minimum P*, so ``P(b) - P* <= P(b) - D(u)``, the duality gap.
`PointEvidence` holds objective, bound and violations at a point, in C++ or from `DualProblem`;
`Certificate.of` makes the gap of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.null_model import NullModel
from bridle.elastic_net.optimality.point_evidence import PointEvidence

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

    @classmethod
    def of(cls, evidence: PointEvidence, null: NullModel, intercept_unit: float) -> Certificate:
        """Return the certificate that evidence at a point amounts to.

        Parameters
        ----------
        evidence : PointEvidence
        null : NullModel
            Of the same problem.
        intercept_unit : float
            Unit of the gradient in the intercept (`KktUnits`). 0 if there is no intercept, or if no
            gradient in it is a violation.
        """
        if not math.isfinite(evidence.objective):
            return cls(evidence.objective, np.inf, np.inf, np.inf)
        # A bound of NaN is ignored; no objective is below the loss of the saturated model.
        bound = null.saturated
        if evidence.bound > bound or math.isnan(bound):
            bound = evidence.bound
        gap = max(evidence.objective - bound, 0.0)
        kkt = evidence.worst
        if intercept_unit > 0:
            kkt = max(kkt, abs(evidence.balance) / intercept_unit)
        return cls(evidence.objective, gap, null.relative_gap(gap), kkt)

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
