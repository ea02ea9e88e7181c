"""Attempt of an inner solver: what it is given, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.types import Array

__all__ = ["GAIN_SHARE", "VIOLATION_SHARE", "Attempt", "Start"]


GAIN_SHARE = 1e-14
"""What the best step of a sweep may still gain, as a share of what the duality gap may be.

On cross-products all digits come at once, and below it there is nothing but rounding.
"""

VIOLATION_SHARE = 0.3
"""Largest violation of an optimality condition on a working set, as a share of what is allowed.

The rest is for rounding: the certificate is computed from X, not from what the solver keeps.
"""


@dataclass(frozen=True)
class Start:
    """Where to begin: solutions at some strengths, then points for the next ones.

    Attributes
    ----------
    coef : tuple of ndarray
        One for each strength, some shorter than the working set is by now.
    intercept : ndarray of shape (len(coef),)
    solved : int
        How many are solutions.
    """

    coef: tuple[Array, ...]
    intercept: Array
    solved: int

    def coefs(self, strengths: int, size: int) -> Array:
        """Return them as the first rows of an array of shape (strengths, size), zeros elsewhere."""
        table = np.zeros((strengths, size))
        for row, one in zip(table, self.coef, strict=False):
            row[: one.size] = one
        return table


@dataclass(frozen=True)
class Attempt:
    """Solutions on a working set at m strengths.

    Attributes
    ----------
    coef : ndarray of shape (m, size)
        On the scale of the problem's design.
    intercept : ndarray of shape (m,)
    eta : ndarray of shape (m, n)
        Linear predictors.
    """

    coef: Array
    intercept: Array
    eta: Array

    def after(self, taken: int) -> Attempt:
        """Return what is left after the first ``taken`` strengths."""
        return Attempt(self.coef[taken:], self.intercept[taken:], self.eta[taken:])
