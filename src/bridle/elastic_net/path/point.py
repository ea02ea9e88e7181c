"""Point of a path: the solution at one strength."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from scipy import sparse

from bridle.elastic_net.optimality.certificate import Certificate
from bridle.types import Array

__all__ = ["PathPoint"]


@dataclass(frozen=True, eq=False)
class PathPoint:
    """The solution at one strength.

    Attributes
    ----------
    alpha : float
        The strength.
    coef : ndarray of shape (p,), or (p, K) for several classes
        On the scale of X.
    intercept : float, or ndarray of shape (K,)
        0 without an intercept.
    certificate : Certificate
    """

    alpha: float
    coef: Array
    intercept: float | Array
    certificate: Certificate

    @classmethod
    def of(
        cls, alpha: float, coef: sparse.csc_array, intercept: Array, certificate: Certificate
    ) -> Self:
        """Build from coefficients (p, outputs) and intercept (outputs,)."""
        if intercept.size > 1:
            return cls(float(alpha), coef.toarray(), intercept, certificate)
        return cls(float(alpha), coef.toarray()[:, 0], float(intercept[0]), certificate)
