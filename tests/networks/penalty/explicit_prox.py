"""The proximal step written out in NumPy, for weights of shape (outputs, inputs)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq


def by_weight(z, s, l1, l2):
    return np.sign(z) * np.maximum(np.abs(z) - s * l1, 0) / (1 + s * l2)


def by_input(z, s, l1, l2):
    """Minimise column by column, each by a root search for its norm."""
    found = np.zeros_like(z)
    for j in range(z.shape[1]):
        a, t = z[:, j] / (1 + s[:, j] * l2), s[:, j] * l1 / (1 + s[:, j] * l2)
        excess = lambda r, a=a, t=t: np.sum((a / (r + t)) ** 2) - 1  # noqa: E731
        if excess(1e-12) > 0:
            r = brentq(excess, 1e-12, np.linalg.norm(a) + 1, xtol=1e-13)
            found[:, j] = a * r / (r + t)
    return found
