"""Attempt of an inner solver: its precision, its start and the trial fits that it returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.types import Array

__all__ = ["GAIN_SHARE", "VIOLATION_SHARE", "Attempt", "Start"]


GAIN_SHARE = 1e-14
"""Gain of a sweep's best step, as a fraction of the gap's tolerance, below which a fit ends.

On cross-products, Newton's finish gives all digits at once; smaller gains are rounding.
"""

VIOLATION_SHARE = 0.3
"""Largest KKT violation on a working set, as a fraction of the limit (`kkt_limit`).

The other 70 % allow for rounding: certificates are computed from X, not from the solver's arrays.
"""


@dataclass(frozen=True)
class Start:
    """Solutions at the strengths before, followed by starting points for the next strengths.

    Attributes
    ----------
    coef : tuple of ndarray of shape (size,) or (outputs, size)
        One per strength; shorter than the working set if features have entered since.
    intercept : ndarray of shape (len(coef),) or (len(coef), outputs)
    solved : int
        How many of the first are solutions.
    """

    coef: tuple[Array, ...]
    intercept: Array
    solved: int

    def coefs(self, strengths: int, size: int) -> Array:
        """Return ``coef`` as the first rows of an array (strengths, ..., size), padded with 0."""
        outputs = self.coef[0].shape[:-1] if self.coef else ()
        table = np.zeros((strengths, *outputs, size))
        for row, coef in zip(table, self.coef, strict=False):
            row[..., : coef.shape[-1]] = coef
        return table


@dataclass(frozen=True)
class Attempt:
    """Trial fits on a working set at m strengths.

    Attributes
    ----------
    coef : ndarray of shape (m, size) or (m, outputs, size)
        On the scale of the problem's design.
    intercept : ndarray of shape (m,) or (m, outputs)
    eta : ndarray of shape (m, n) or (m, outputs * n)
        Linear predictors, one output after the other.
    """

    coef: Array
    intercept: Array
    eta: Array

    def after(self, taken: int) -> Attempt:
        """Return the fits after the first ``taken`` strengths."""
        return Attempt(self.coef[taken:], self.intercept[taken:], self.eta[taken:])
