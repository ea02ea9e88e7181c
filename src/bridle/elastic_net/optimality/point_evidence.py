"""Evidence at one point, by kernels: objective, dual bound and KKT violations.

`PointEvidence.at` computes it in C++, for problems with a kernel and penalties on all features.
`evidence_in_numpy` computes the same for other problems, and tests compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle import _core
from bridle.elastic_net.design import Design
from bridle.types import Array

__all__ = ["PointEvidence", "Sizes"]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Quantities that scale a problem's KKT violations and curvature.

    Attributes
    ----------
    norms : ndarray of shape (p,)
        Norms of the columns; 0 for a constant column.
    null : float
        Norm of the null model's gradient (`Problem.null_gradient_size`).
    floor : float
        Added to the curvature of a row of weight 1.
    """

    norms: Array
    null: float
    floor: float


@dataclass(frozen=True, eq=False)
class PointEvidence:
    """Objective, lower bound and KKT violations at one point of a problem.

    Attributes
    ----------
    objective : float
    bound : float
        Lower bound on the minimum of the objective.
    violation : ndarray of shape (p, outputs)
        KKT violation of each coefficient, in units of the gradient.
    worst : float
        Largest violation, each divided by its unit (`KktUnits`).
    balance : float
        Gradient in the intercept; of several, the largest in size.
    least : float
        Smallest penalty factor relative to a column's norm; inf if there is none.
    """

    objective: float
    bound: float
    violation: Array
    worst: float
    balance: float
    least: float

    @classmethod
    def at(
        cls,
        rows: _core.Rows,
        features: _core.Features,
        design: Design,
        strength: tuple[float, float],
        sizes: Sizes,
        coef: Array,
        eta: Array,
    ) -> PointEvidence:
        """Compute the evidence at coefficients with the linear predictor ``eta``.

        Parameters
        ----------
        rows, features, design
            Of the problem; all features must be penalised.
        strength : (l1, l2)
        sizes : Sizes
        coef : ndarray of shape (p, 1)
        eta : ndarray of shape (n, 1)

        Returns
        -------
        PointEvidence
        """
        n, p = design.shape
        gradient, dual, violation = np.empty((n, 1)), np.empty((n, 1)), np.empty((p, 1))
        value, balance, _, dual_size, moved = _core.judge_rows(
            rows, eta[:, 0], sizes.floor, gradient[:, 0], dual[:, 0]
        )
        gradients = design.rmatvec(gradient)[:, 0]
        products = design.rmatvec(dual)[:, 0] if moved else gradients
        penalty, lost, scale, conjugate, conjugate_scaled, worst, least = _core.judge_features(
            features, *strength, coef[:, 0], gradients, products, sizes.norms, dual_size, sizes.null,
            violation[:, 0],
        )  # fmt: skip
        bound = _core.dual_value(rows, dual[:, 0], 1.0) - conjugate - lost
        if scale < 1.0:
            scaled = _core.dual_value(rows, dual[:, 0], scale) - conjugate_scaled - scale * lost
            # If one of the two is NaN through overflow, the other is used.
            bound = np.fmax(bound, scaled)
        return cls(value + penalty, float(bound), violation, worst, balance, least)
