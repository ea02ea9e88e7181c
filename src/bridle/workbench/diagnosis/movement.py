"""Movement of a loss over one run: when it was lowest, how far it rose since, and what is noise.

A single run cannot be compared with others, so its own scatter determines what is noise. The mean of a
window of w epochs has the standard error ``s / sqrt(w)``. Here ``s^2 = g (1 + r) / (1 - r)`` is the
long-run variance of the scatter about a trend, with the variance g of single epochs and the correlation
r of neighbouring epochs. Differences remove the trend: if D1 and D2 are the variances of the first and
second differences, ``D1 = 2 g (1 - r)`` and ``D2 = D1 (3 - r)``, from which g and r follow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bridle.types import Array

__all__ = ["Movement", "generalisation_loss"]

_STEEP = 1 / 3
"""Fraction of the epochs, the steep fall at the start, that is left out of the scatter."""

_LEAST_STEEP = 6
"""In runs with fewer epochs, none are left out."""

_LEAST_CORRELATED = 8
"""With fewer epochs the correlation cannot be estimated, and is taken as 0."""

_MOST_CORRELATED = 0.6
"""Largest correlation used. A bend of the trend looks like correlated scatter, and a larger value would
hide the rise after it."""


@dataclass(frozen=True)
class Movement:
    """The movement of a finite loss over a run.

    Attributes
    ----------
    window : int
        Epochs in a window: a fifth of all, at least two.
    lowest : float
        Smallest mean of a window.
    last : float
        Mean of the last window.
    late_fall : float
        Mean of the window before the last, minus that of the last.
    fall : float
        Loss of the first epoch minus ``lowest``.
    scatter : float
        Standard deviation of single epochs about the trend.
    noise : float
        Smallest rise from the lowest window to the last that is not noise: ``2 + sqrt(log(E / w))``
        standard errors of a window's mean, since the lowest of several windows is chosen.
    """

    window: int
    lowest: float
    last: float
    late_fall: float
    fall: float
    scatter: float
    noise: float

    @classmethod
    def of(cls, losses: Array) -> Movement:
        """Measure losses of shape (E,), all finite, E at least 4."""
        epochs = len(losses)
        window = max(epochs // 5, 2)
        # Losses are divided by the largest, so that squares stay in range.
        unit = float(np.abs(losses).max()) or 1.0
        shares = losses / unit
        means = np.convolve(shares, np.full(window, 1 / window), mode="valid")
        scatter, long_run = _scatter(shares)
        chosen = 2 + math.sqrt(math.log(epochs / window))
        return cls(
            window=window,
            lowest=unit * float(means.min()),
            last=unit * float(means[-1]),
            late_fall=unit * float(means[-1 - window] - means[-1]),
            fall=unit * float(shares[0] - means.min()),
            scatter=unit * scatter,
            noise=unit * chosen * long_run / math.sqrt(window),
        )

    @property
    def rise(self) -> float:
        """Mean of the last window minus the smallest mean of a window."""
        return self.last - self.lowest


def generalisation_loss(losses: Array) -> float | None:
    """Return the excess of the last loss over the lowest, ``100 (E_last / E_lowest - 1)``.

    None unless all losses are positive, as an error is.

    Notes
    -----
    Source: Prechelt, "Early stopping - but when?", in Neural Networks: Tricks of the Trade,
    Springer (1998) 55-69, section 2.2.
    """
    return 100 * float(losses[-1] / losses.min() - 1) if (losses > 0).all() else None


def _scatter(losses: Array) -> tuple[float, float]:
    """Return the standard deviation about the trend, for single epochs and for the mean of many."""
    late = losses[int(_STEEP * len(losses)) :] if len(losses) >= _LEAST_STEEP else losses
    first, second = np.diff(late), np.diff(late, 2)
    d1, d2 = float(np.var(first, ddof=1)), float(np.mean(second**2))
    if d1 == 0:
        return 0.0, 0.0
    correlated = len(late) >= _LEAST_CORRELATED
    r = min(max(3 - d2 / d1, 0.0), _MOST_CORRELATED) if correlated else 0.0
    variance = d2 / (2 * (1 - r) * (3 - r))
    # Few differences may understate the scatter; with this factor, level runs of 5 epochs rarely "rise".
    few = 1 + 3 / len(second)
    return math.sqrt(variance), few * math.sqrt(variance * (1 + r) / (1 - r))
