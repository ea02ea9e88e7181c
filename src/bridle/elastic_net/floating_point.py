"""Quiet arithmetic: what overflows on the way to an answer does not warn; the answer is certified."""

from __future__ import annotations

import numpy as np

__all__ = ["quiet_arithmetic"]


def quiet_arithmetic() -> np.errstate:
    """Return a context in which NumPy says nothing of them, whatever `numpy.seterr` was told.

    An infinite bound, a share of nothing and the square of a tiny number are meant as they are. An
    answer that they spoil does not pass for one: it is refused, or its certificate misses ``tol``.
    """
    return np.errstate(all="ignore")
