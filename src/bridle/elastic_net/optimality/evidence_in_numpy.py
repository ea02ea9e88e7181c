"""Evidence at one point, in NumPy: for any loss, and for features without a penalty."""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.optimality.dual_problem import DualProblem
from bridle.elastic_net.optimality.kkt_units import KktUnits
from bridle.elastic_net.optimality.point_evidence import PointEvidence
from bridle.types import Array

__all__ = ["evidence_in_numpy"]


def evidence_in_numpy(
    dual: DualProblem, units: KktUnits, objective: float, coef: Array, eta: Array
) -> PointEvidence:
    """Return the evidence at coefficients with the linear predictor ``eta``.

    `PointEvidence.at` computes the same in C++ for problems that have a kernel.

    Parameters
    ----------
    dual : DualProblem
    units : KktUnits
    objective : float
        At ``coef``. If it is not finite, nothing else is computed.
    coef : ndarray of shape (p, outputs)
    eta : ndarray of shape (n, outputs)
    """
    if not np.isfinite(objective):
        return PointEvidence(objective, -np.inf, np.full_like(coef, np.inf), np.inf, np.inf, np.inf)
    gradient = dual.loss.gradient(eta, dual.y, dual.weights)
    negative_gradient = dual.product(gradient)
    l1, l2 = dual.penalty.strengths(coef.shape[0])
    ridge = np.where(np.isinf(l2), 0.0, l2)[:, None] * coef
    violation = dual.penalty.violation(coef, negative_gradient - ridge)
    return PointEvidence(
        objective=objective,
        bound=dual.lower_bound(coef, eta, gradient, negative_gradient, ridge),
        violation=violation,
        worst=units.worst(violation, l1),
        balance=float(np.max(np.abs(gradient.sum(axis=0)))),
        least=units.least,
    )
