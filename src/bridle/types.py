"""Array types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["AnyArray", "Array", "Flags", "Index", "IntArray"]

Array = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]
Index = npt.NDArray[np.intp]
"""Indices of rows or columns."""
IntArray = npt.NDArray[np.int64]
"""Integers that kernels read."""
Flags = npt.NDArray[np.bool_]
