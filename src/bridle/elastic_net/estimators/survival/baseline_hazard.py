r"""Baseline hazard of a fitted Cox model: Breslow's estimator, or Efron's if ties are treated so.

At each event time the cumulative hazard of a row whose linear predictor is 0 rises by
``sum m / (S - f S_D)``, with the sums of `bridle.elastic_net.loss.risk_sets`; R's ``survfit`` does
the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.loss import Cox
from bridle.types import Array

__all__ = ["BaselineHazard", "baseline_hazards"]


@dataclass(frozen=True, eq=False)
class BaselineHazard:
    """The cumulative hazard of a stratum at a linear predictor of 0, a step function.

    Attributes
    ----------
    times : ndarray of shape (T,)
        Event times, ascending.
    cumulative : ndarray of shape (T,)
        The cumulative hazard from each of them on; 0 before the first.
    """

    times: Array
    cumulative: Array

    def at(self, times: Array) -> Array:
        """Return the cumulative hazard at some times; after the last event it stays as it is."""
        steps = np.concatenate([[0.0], self.cumulative])
        return steps[np.searchsorted(self.times, times, side="right")]


def baseline_hazards(loss: Cox, eta: Array, weights: Array, n_strata: int) -> list[BaselineHazard]:
    """Return the baseline hazard of each stratum, in the order of their numbers.

    Parameters
    ----------
    loss : Cox
    eta, weights : ndarray of shape (n,)
        Linear predictor, with the offset, and weights of the rows.
    n_strata : int
        Number of strata; one without events has a hazard of 0.
    """
    found = [BaselineHazard(np.empty(0), np.empty(0)) for _ in range(n_strata)]
    for stratum in loss.sums(eta, weights):
        number = 0 if loss.strata is None else int(loss.strata[stratum.sets.rows[0]])
        steps = (stratum.hazards * np.exp(-stratum.shift))[::-1]
        used = steps > 0
        found[number] = BaselineHazard(stratum.sets.times[::-1][used], np.cumsum(steps[used]))
    return found
