"""KKT units, by which violations of the KKT conditions are divided: the units of X and y cancel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bridle.types import Array

__all__ = ["KktUnits", "in_units"]

# The square root of a float's precision.
_SMALLEST_SHARE = 1e-8


@dataclass(frozen=True, eq=False)
class KktUnits:
    """Units of the KKT violations of one problem, for its features and its intercept.

    Attributes
    ----------
    norms : ndarray of shape (p,)
        Norm of each column (`Problem.column_norms`).
    factors : ndarray of shape (p,)
        Penalty factor of each feature.
    size : float
        Norm of the null model's gradient (`Problem.null_gradient_size`).
    """

    norms: Array
    factors: Array
    size: float

    @cached_property
    def floors(self) -> Array:
        """Lower limit of `of_features`, shape (p,): 1e-8 of each feature's largest possible gradient.

        Gradients have no correct digits below it.
        """
        return _SMALLEST_SHARE * self.size * self.norms

    @cached_property
    def least(self) -> float:
        """Smallest penalty factor relative to a column's norm; inf if there is none."""
        used = (self.norms > 0) & (self.factors > 0) & np.isfinite(self.factors)
        return float(np.min(self.factors[used] / self.norms[used], initial=np.inf))

    def of_features(self, l1: Array) -> Array:
        """Return the unit of each feature's violation at the features' l1 strengths, both of shape (p,).

        It is the feature's l1 strength, but at least `floors`. For a feature without l1 penalty, it is
        the largest gradient that the feature can have at the null model. If that model is perfect, all
        units are 0: gradients are rounding there, and the gap alone decides.
        """
        if self.size == 0:
            return np.zeros_like(l1)
        return np.where(l1 > 0, np.maximum(l1, self.floors), self.size * self.norms)

    def of_intercept(self, l1: Array) -> Array:
        """Return the unit of the intercept's gradient at each l1 strength, same shape as ``l1``.

        It is the smallest l1 strength relative to a column's norm, since the column of the intercept has
        norm 1.
        """
        least = self.least
        with np.errstate(over="ignore", invalid="ignore"):
            weakest = np.where((l1 > 0) & np.isfinite(least), l1 * least, self.size)
        return np.clip(weakest, _SMALLEST_SHARE * self.size, self.size)

    def of_intercept_given(self, l1: float, least: float) -> float:
        """Return `of_intercept` at one strength, given ``least``, the smallest factor over norm."""
        weakest = l1 * least if l1 > 0 and least < np.inf else self.size
        return min(max(weakest, _SMALLEST_SHARE * self.size), self.size)

    def worst(self, violation: Array, l1: Array) -> float:
        """Return the largest violation, each divided by its unit; 0 if no column varies.

        Parameters
        ----------
        violation : ndarray of shape (p, outputs)
        l1 : ndarray of shape (p,)
            l1 strength of each feature.

        Returns
        -------
        float
        """
        counted = self.norms > 0
        shares = in_units(violation[counted], self.of_features(l1)[counted, None])
        return float(np.max(shares, initial=0.0))


def in_units(sizes: Array, units: Array) -> Array:
    """Return ``sizes / units``, or 0 if the unit is 0: the null model is then perfect."""
    return np.divide(sizes, units, out=np.zeros(np.broadcast(sizes, units).shape), where=units > 0)
