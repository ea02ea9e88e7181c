"""Column ranges: smallest and largest value of each column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bridle.types import Array

__all__ = ["ColumnRanges"]


@dataclass(frozen=True, eq=False)
class ColumnRanges:
    """Smallest and largest value of each column; NaN or infinite if the column contains such values.

    Attributes
    ----------
    low, high : ndarray of shape (p,)
    """

    low: Array
    high: Array

    @property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Whether all values of a column are finite, shape (p,)."""
        return np.isfinite(self.low) & np.isfinite(self.high)

    @cached_property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Whether all values of a column are equal, shape (p,)."""
        return self.low == self.high

    @cached_property
    def largest(self) -> Array:
        """Largest absolute value of each column, shape (p,)."""
        return np.maximum(np.abs(self.low), np.abs(self.high))
