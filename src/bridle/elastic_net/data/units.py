r"""Units of X and y: a shift and powers of two that keep squares in the float64 range.

If squares of X or y would overflow or underflow, X and y are divided by powers of two, s and c, before
the fit. With ``X' = (X - m) / s`` and ``y' = y / c``, the problem for ``b' = b s / c`` is equivalent if

``l1' = l1 / (s c)``, ``l2' = l2 / s^2``, bounds and offset ``lower' = lower s / c``, ``o' = o / c``.

Its objective is the original one divided by ``c^2``. If the penalty is on standardised coefficients, s
does not enter it. The shift m is 0, except for columns whose mean is huge relative to their spread, and
only with an intercept. Division by powers of two is exact. For losses other than squared loss, c is 1.

Penalty factors are brought near 1 in the same way: ``v' = v / f``, ``l1' = l1 f / (s c)``, ….
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.exact_ratio import ExactRatio
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["PLAIN", "Units", "without_extremes"]


# Binary exponents within which products of a few numbers stay in range: 1e-60 to 1e60.
_SAFE = 200
# Binary exponents within which a single square stays in range.
_MOST = 500
# Exponents of float64 end at 1024; its inverse needs some room.
_LARGEST = 1000
# Exponent of the largest l2 strength, in units of X, that leaves room for its products.
_STRONGEST = 900
# If a column's range is below this fraction of its size, differences lose six digits.
_NARROW = 1e-6
_FREE = ElasticNetPenalty(0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Units:
    """X is fitted as ``(X - origin) / 2^x`` and y as ``y / 2^y``.

    Attributes
    ----------
    x, y : int
        Exponents. Default 0, which leaves numbers as they are.
    penalized : int
        Exponent of X in the penalty: x, or 0 if the penalty is on standardised coefficients.
    origin : ndarray of shape (p,), optional
        Subtracted from the columns. Default: nothing.
    factors : int
        Exponent of the penalty factors, which are divided by it.
    """

    x: int = 0
    y: int = 0
    penalized: int = 0
    origin: Array | None = None
    factors: int = 0

    @classmethod
    def of(
        cls,
        ranges: ColumnRanges,
        y: Array | None,
        *,
        standardize: bool,
        movable: bool,
        penalty: ElasticNetPenalty = _FREE,
    ) -> Self:
        """Choose the unit of X from the sizes of its columns, and that of y from its largest value.

        All columns share one unit, which centres their sizes around 1. It is larger if the l2 strength
        over its square would overflow: squares of X are then negligible beside the penalty.

        Parameters
        ----------
        ranges : ColumnRanges
            Of X.
        y : ndarray of any shape, optional
            None for losses without units (`Loss.has_units`).
        standardize : bool
            Whether the penalty is on standardised coefficients.
        movable : bool
            Whether columns may be shifted, which requires an intercept.
        penalty : ElasticNetPenalty
            Its factors, and its l2 strength if that is known. Default: factors of 1, strength 0.
        """
        origin, middle = _origin_and_middle(ranges, movable, penalty.factors)
        # The inverse of a smaller unit is not a float64.
        x = max(middle, -_LARGEST)
        f = _middle(_proper(penalty.factors))
        size = math.frexp(penalty.l2)[1] + f
        if penalty.l2 > 0 and not standardize and x < (size - _STRONGEST) // 2 <= middle + _MOST:
            # Towards the root of l2, as far as squares of X do not underflow.
            x = min(size // 2, middle + _MOST)
        largest = 0.0 if y is None else float(np.abs(y).max(initial=0.0))
        c = _between(largest, largest)
        return cls(x, c, 0 if standardize else x, origin, f)

    @property
    def are_plain(self) -> bool:
        """Whether X and y are used unchanged."""
        return self.x == 0 and self.y == 0 and self.origin is None

    @property
    def one(self) -> float:
        """The value 1 on the scale of X, divided by the unit."""
        return float(np.ldexp(1.0, -self.x))

    def targets(self, y: Array) -> Array:
        """Return targets or offsets divided by ``2^y``."""
        return _times(y, -self.y)

    def outcomes(self, y: Array) -> Array:
        """Return predictions on the original scale, given predictions of ``y / 2^y``."""
        return _times(y, self.y)

    def penalty(self, penalty: ElasticNetPenalty) -> ElasticNetPenalty:
        """Return the penalty of b', given that of b."""
        if self.x == 0 and self.y == 0 and self.factors == 0:
            return penalty
        return replace(
            penalty,
            l1=_finite(_times(penalty.l1, self.l1_exponent)),
            l2=_finite(_times(penalty.l2, self._l2)),
            factors=_times(penalty.factors, -self.factors),
            lower=_times(penalty.lower, self.x - self.y),
            upper=_times(penalty.upper, self.x - self.y),
        )

    def penalty_at(
        self, penalty: ElasticNetPenalty, alpha: float, l1_ratio: float
    ) -> ElasticNetPenalty:
        """Return a penalty of b' at the strengths of b, whose products are rounded in these units.

        Strengths that overflow are the largest float64; `check_ridge` refuses those that would matter.
        """
        if self.l1_exponent == self._l2 == 0:
            return penalty.with_strength(alpha, l1_ratio)
        l1, l2 = self._l1_and_l2(alpha, l1_ratio)
        return replace(penalty, l1=float(_finite(l1)), l2=float(_finite(l2)))

    def strengths(self, alphas: Array, l1_ratio: float) -> tuple[Array, float]:
        """Return scikit-learn's alphas and l1_ratio of b', given those of b.

        Strengths that overflow are the largest float64; `check_ridge` refuses those that would matter.
        """
        if self.l1_exponent == self._l2 == 0:
            return alphas, l1_ratio
        l1, l2 = self._l1_and_l2(alphas, l1_ratio)
        # The l1_ratio is the same at every strength.
        other = _times(1 - l1_ratio, self._l2 - self.l1_exponent)
        if l1_ratio == 0 or np.isinf(other):
            return _finite(l1 + l2), 0.0
        return _finite(l1 + l2), ExactRatio(l1_ratio, float(other))

    def check_ridge(
        self, alphas: Any, l1_ratio: float, held: Any, entering: Callable[[], float]
    ) -> None:
        """Check that no feature enters at a strength whose l2 part overflows.

        Whether a coefficient of 0 is right does not depend on the l2 strength.

        Parameters
        ----------
        alphas : float or ndarray of shape (S,)
        l1_ratio : float
        held : float or ndarray of shape (S,)
            L1 strengths of b' that are fitted.
        entering : callable
            Returns the largest l1 strength of b' at which a penalised feature enters; called only if
            an l2 strength overflows.

        Raises
        ------
        InputError
            An l2 strength overflows, and a feature may enter at it.
        """
        if self._l2 <= 0:
            return  # A share of a finite strength, not multiplied.
        over = np.isinf(self._l1_and_l2(alphas, l1_ratio)[1])
        if np.any(over) and np.any(held < entering(), where=over):
            raise InputError(
                "alpha is too large for this X: its l2 strength, divided by squares of X, overflows, "
                "and features may enter at it. Rescale X, or set standardize=True. "
                f"Received: alpha={np.max(alphas):.3g}, l1_ratio={l1_ratio:.3g}."
            )

    def original_strength(self, l1: float) -> float:
        """Return the l1 strength of b, given that of b'."""
        return float(_times(l1, -self.l1_exponent))

    @property
    def l1_exponent(self) -> int:
        """Exponent of the power of two by which l1 strengths are multiplied."""
        return self.factors - self.penalized - self.y

    @property
    def _l2(self) -> int:
        """Exponent of the power of two by which l2 strengths are multiplied."""
        return self.factors - 2 * self.penalized

    def _l1_and_l2(self, alphas: float | Array, l1_ratio: float) -> tuple[Array, Array]:
        """Return the strengths of b', inf if they overflow."""
        l1 = _product(alphas, l1_ratio, self.l1_exponent)
        return l1, _product(alphas, 1 - l1_ratio, self._l2)

    def original(self, coef: Array) -> Array:
        """Return b, given b'."""
        return _times(coef, self.y - self.x)

    def scaled(self, coef: Array) -> Array:
        """Return b', given b."""
        return _times(coef, self.x - self.y)


PLAIN = Units()
"""Units of X and y that are used unchanged."""


def without_extremes(weights: Array) -> Array:
    """Return weights divided by a power of two, so that their sum is in range; only ratios matter."""
    return _times(weights, -_middle(weights.max(keepdims=True)))


def _origin_and_middle(
    ranges: ColumnRanges, movable: bool, factors: float | Array
) -> tuple[Array | None, int]:
    """Return the shift of columns, None for none, and the `_middle` of their sizes after it.

    Excluded features, of factor inf, may be of any size.
    """
    kept = slice(None) if isinstance(factors, float) else np.isfinite(factors)
    sizes = ranges.largest
    if not movable:
        return None, _middle(sizes[kept][sizes[kept] > 0])
    spread = ranges.high - ranges.low
    narrow = spread <= _NARROW * sizes
    if not narrow.any():
        return None, _middle(sizes[kept])
    # Beside an intercept, constant columns do not matter.
    varied = ~ranges.constant
    narrow &= varied
    if not narrow.any():
        return None, _middle(sizes[kept][varied[kept]])
    half = spread / 2
    sizes = np.where(narrow, half, sizes)[kept][varied[kept]]
    return np.where(narrow, ranges.low + half, 0.0), _middle(sizes[sizes > 0])


def _middle(sizes: Array | float) -> int:
    """Return the exponent of the power of two that brings sizes near 1; 0 if they are in range."""
    if isinstance(sizes, float):
        return _between(sizes, sizes)
    return _between(float(sizes.min()), float(sizes.max())) if sizes.size else 0


def _between(smallest: float, largest: float) -> int:
    low, high = math.frexp(smallest)[1], math.frexp(largest)[1]
    if -_SAFE <= high <= _SAFE and low >= -2 * _SAFE:
        return 0
    return high if high - low <= 2 * _SAFE else max((low + high) // 2, high - _MOST)


def _times(value: Any, exponent: Any) -> Any:
    """Return ``value 2^exponent``, or inf on overflow."""
    if np.ndim(exponent) == 0 and exponent == 0:
        return value
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(value, exponent)


def _product(alphas: float | Array, share: float, exponent: int) -> Array:
    """Return ``alphas share 2^exponent``; a share of a subnormal alpha would lose digits, or be 0."""
    (digits, exponents), (part, shift) = np.frexp(alphas), np.frexp(share)
    return np.asarray(_times(digits * part, exponents + int(shift) + exponent))


def _proper(factors: float | Array) -> Array | float:
    """Return the factors that are neither 0, of unpenalised features, nor inf, of excluded ones."""
    if isinstance(factors, float) and 0 < factors < math.inf:
        return factors
    every = np.atleast_1d(factors)
    return every[(every > 0) & np.isfinite(every)]


def _finite(value: Any) -> Any:
    return np.minimum(value, np.finfo(np.float64).max)
