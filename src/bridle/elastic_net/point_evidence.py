"""Evidence of one point of a problem that has a kernel: objective, lower bound and violations, in C++.

It does what `Problem.certify_at` does in NumPy, which is its slow twin.
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
    """What violations of a problem are measured by.

    Attributes
    ----------
    norms : ndarray of shape (p,)
        Of the columns; 0 for one that is constant.
    null : float
        Size of the null model's gradient.
    floor : float
        What the curvature of a row of weight 1 is raised by.
    """

    norms: Array
    null: float
    floor: float


@dataclass(frozen=True, eq=False)
class PointEvidence:
    """What the rows and the features of a problem say of a point.

    Attributes
    ----------
    objective : float
    bound : float
        Lower bound of the best objective.
    violation : ndarray of shape (p,)
        Distance of each coefficient from optimal, in units of a gradient.
    worst : float
        The largest of them as a share of its unit.
    balance : float
        Sum of the gradient.
    least : float
        Factor over norm of the feature that is penalised least for its norm, inf if there is none.
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
        """Judge coefficients (p, 1) whose linear predictor is ``eta``, (n, 1).

        Parameters
        ----------
        rows, features, design
            Of the problem, whose features are all penalised.
        strength : (l1, l2)
        sizes : Sizes
        coef, eta : ndarray
        """
        n, p = design.shape
        gradient, dual, violation = np.empty((n, 1)), np.empty((n, 1)), np.empty(p)
        value, balance, _, dual_size, moved = _core.judge_rows(
            rows, eta[:, 0], sizes.floor, gradient[:, 0], dual[:, 0]
        )
        gradients = design.rmatvec(gradient)[:, 0]
        products = design.rmatvec(dual)[:, 0] if moved else gradients
        penalty, lost, scale, conjugate, conjugate_scaled, worst, least = _core.judge_features(
            features, *strength, coef[:, 0], gradients, products, sizes.norms, dual_size, sizes.null,
            violation,
        )  # fmt: skip
        bound = _core.dual_value(rows, dual[:, 0], 1.0) - conjugate - lost
        if scale < 1.0:
            scaled = _core.dual_value(rows, dual[:, 0], scale) - conjugate_scaled - scale * lost
            # Where rounding spoils one of them the other is left.
            bound = np.fmax(bound, scaled)
        return cls(value + penalty, float(bound), violation, worst, balance, least)
