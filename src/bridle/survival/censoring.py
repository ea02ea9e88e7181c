r"""Censoring distribution by Kaplan and Meier, whose inverse weights events in scores.

``G(t) = prod_{s <= t} (1 - c_s / n_s)`` over the times s at which a row is censored: c_s are censored at
s, and n_s are at risk of it, without the rows whose event is at s.

Source: Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.survival.outcomes import Outcomes
from bridle.types import Array

__all__ = ["Censoring"]


@dataclass(frozen=True, eq=False)
class Censoring:
    """The probability of not being censored.

    Attributes
    ----------
    times : ndarray of shape (T,)
        Ascending times of censoring.
    probabilities : ndarray of shape (T,)
        ``G`` at them.
    """

    times: Array
    probabilities: Array

    @classmethod
    def of(cls, outcomes: Outcomes) -> Censoring:
        """Estimate from survival times, of rows that are at risk from their start."""
        censored = ~outcomes.event
        times, counts = np.unique(outcomes.stop[censored], return_counts=True)
        stops, starts = np.sort(outcomes.stop), np.sort(outcomes.starts)
        events = np.sort(outcomes.stop[outcomes.event])
        at_risk = stops.size - np.searchsorted(stops, times)
        at_risk -= stops.size - np.searchsorted(starts, times)
        seen = np.searchsorted(events, times, side="right") - np.searchsorted(events, times)
        left: Array = 1 - counts / np.maximum(at_risk - seen, 1)
        return cls(times, np.cumprod(left, dtype=np.float64))

    def at(self, times: Array) -> Array:
        """Return ``G(t)``."""
        return self._steps(np.searchsorted(self.times, times, side="right"))

    def before(self, times: Array) -> Array:
        """Return ``G(t-)``, the limit from below."""
        return self._steps(np.searchsorted(self.times, times, side="left"))

    def _steps(self, place: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Array:
        return np.concatenate([[1.0], self.probabilities])[place]
