"""Quiet arithmetic: NumPy's overflow warnings are off inside a fit, whose result is certified anyway."""

from __future__ import annotations

import numpy as np

__all__ = ["quiet_arithmetic"]


def quiet_arithmetic() -> np.errstate:
    """Return a context without NumPy's floating-point warnings, whatever `numpy.seterr` has set.

    Fits use infinite bounds, 0 / 0 and squares of tiny numbers on purpose. If one of them spoils a
    result, the fit is refused or its certificate misses ``tol``.
    """
    return np.errstate(all="ignore")
