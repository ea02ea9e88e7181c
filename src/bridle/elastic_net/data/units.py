r"""Units of X and y: where they are measured from and in what, so that no digits are lost.

Powers of two are divided by where squares would leave the floating-point range. With
``X' = (X - m) / s`` and ``y' = y / c`` the problem of coefficients ``b' = b s / c`` is the same one when

``l1' = l1 / (s c)``, ``l2' = l2 / s^2``, bounds and offset ``lower' = lower s / c``, ``o' = o / c``,

and its objective is the original one over ``c^2``; where the penalty counts standardised coefficients,
it does not see s. The origin m is 0 but for columns of a mean far beyond their spread, beside an
intercept. None of this changes a digit. For losses other than the squared one, c is 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.design.table import Table, divided, moved
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["PLAIN", "Units", "without_extremes"]


# Exponents of two within which products of a few numbers are safe: 1e-60 to 1e60.
_SAFE = 200
# Within which a square alone is safe.
_MOST = 500
_LARGEST = 1000
# The range of a column over its size below which six digits of a difference are lost.
_NARROW = 1e-6


@dataclass(frozen=True, eq=False)
class Units:
    """X is fitted as ``(X - origin) / 2^x`` and y as ``y / 2^y``.

    Attributes
    ----------
    x, y : int
        Exponents; 0 leaves numbers as they are.
    penalized : int
        The exponent of X that the penalty sees: x, or 0 where it counts standardised coefficients.
    origin : ndarray of shape (p,), optional
        What is taken off the columns. Default: nothing.
    """

    x: int = 0
    y: int = 0
    penalized: int = 0
    origin: Array | None = None

    @classmethod
    def of(cls, ranges: ColumnRanges, y: Array | None, *, standardize: bool, movable: bool) -> Self:
        """Choose the units of X from its columns and those of y from its largest value.

        Columns that are far apart are put around 1 together: one unit serves all.

        Parameters
        ----------
        ranges : ColumnRanges
        y : ndarray of any shape, optional
            None for a loss that knows no units.
        standardize : bool
            Whether the penalty counts standardised coefficients.
        movable : bool
            Whether columns may be measured from elsewhere than 0, which takes an intercept.
        """
        origin, sizes = None, ranges.largest
        narrow = (ranges.high - ranges.low <= _NARROW * sizes) & ~ranges.constant
        if movable and narrow.any():
            half = (ranges.high - ranges.low) / 2
            origin = np.where(narrow, ranges.low + half, 0.0)
            sizes = np.where(narrow, half, sizes)
        # An intercept leaves nothing of a constant column, or of what is left of one.
        used = sizes[(sizes > 0) & ~(ranges.constant & movable)]
        # Of a smaller unit no inverse is a float64.
        x = max(_middle(used), -_LARGEST)
        c = 0 if y is None else _middle(np.abs(y).max(initial=0.0, keepdims=True))
        return cls(x, c, 0 if standardize else x, origin)

    @property
    def are_plain(self) -> bool:
        """Whether nothing is divided and nothing taken off."""
        return self.x == 0 and self.y == 0 and self.origin is None

    @property
    def one(self) -> float:
        """What 1 on the scale of X is in its units."""
        return float(np.ldexp(1.0, -self.x))

    def features(self, table: Table) -> Table:
        """Return ``(X - origin) / 2^x``: the table itself, or a float64 copy."""
        if self.origin is not None:
            table = moved(table, self.origin)
        return divided(table, self.x)

    def targets(self, y: Array) -> Array:
        """Return targets or offsets over ``2^y``."""
        return _times(y, -self.y)

    def outcomes(self, y: Array) -> Array:
        """Return predictions of y, from those of ``y / 2^y``."""
        return _times(y, self.y)

    def penalty(self, penalty: ElasticNetPenalty) -> ElasticNetPenalty:
        """Return the penalty of b', from that of b."""
        if self.x == 0 and self.y == 0:
            return penalty
        l1 = _times(penalty.l1, -self.penalized - self.y)
        return replace(
            penalty,
            l1=_finite(l1),
            l2=_ridge(_times(penalty.l2, -2 * self.penalized), l1),
            lower=_times(penalty.lower, self.x - self.y),
            upper=_times(penalty.upper, self.x - self.y),
        )

    def strengths(self, alphas: Array, l1_ratio: float) -> tuple[Array, float]:
        """Return scikit-learn's alphas and l1_ratio of b', from those of b."""
        if self.penalized == 0 and self.y == 0:
            return alphas, l1_ratio
        l1 = _times(alphas * l1_ratio, -self.penalized - self.y)
        l2 = _times(alphas * (1 - l1_ratio), -2 * self.penalized)
        # The share that l1 has is the same at every strength.
        other = _times(1 - l1_ratio, self.y - self.penalized)
        return _finite(l1 + _ridge(l2, l1)), l1_ratio / (l1_ratio + other) if l1_ratio > 0 else 0.0

    def original_strength(self, l1: float) -> float:
        """Return the l1 of b, from that of b'."""
        return float(_times(l1, self.penalized + self.y))

    def original(self, coef: Array) -> Array:
        """Return b, from b'."""
        return _times(coef, self.y - self.x)

    def scaled(self, coef: Array) -> Array:
        """Return b', from b."""
        return _times(coef, self.x - self.y)


PLAIN = Units()
"""Nothing is divided and nothing taken off."""


def without_extremes(weights: Array) -> Array:
    """Return weights whose sum is safe, over a power of two if need be: only ratios matter."""
    return _times(weights, -_middle(weights.max(keepdims=True)))


def _middle(sizes: Array) -> int:
    """Return the exponent of what brings all sizes near 1; 0 if they are, or if all are 0."""
    if sizes.size == 0:
        return 0
    low, high = (int(np.frexp(one)[1]) for one in (sizes.min(), sizes.max()))
    if -_SAFE <= high <= _SAFE and low >= -2 * _SAFE:
        return 0
    return high if high - low <= 2 * _SAFE else max((low + high) // 2, high - _MOST)


def _times(value: Any, exponent: int) -> Any:
    """Return ``value 2^exponent``, inf where that is too large."""
    if exponent == 0:
        return value
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(value, exponent)


def _ridge(l2: Any, l1: Any) -> Any:
    """Return the l2 part of strengths; refuse one that is too large where l1 does not make all 0."""
    if np.any(np.isinf(l2) & np.isfinite(l1)):
        raise InputError(
            "alpha is beyond the range of floating-point numbers beside squares of X: its l2 part over "
            "them overflows. Rescale X, or standardize."
        )
    return _finite(l2)


def _finite(value: Any) -> Any:
    return np.minimum(value, np.finfo(np.float64).max)
