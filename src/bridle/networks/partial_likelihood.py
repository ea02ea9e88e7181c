r"""Cox loss of a network: the negative log partial likelihood of its risks, for each event.

An event of row i has the term

``log(2 mean_R exp(z)) - z_i``

over the rows R that are still at risk at its time, with the logs z of their risks; ties are treated by
Efron's method, see `bridle.elastic_net.loss.risk_sets`. The loss is the mean of the terms: the negative
log partial likelihood for each event, without the logarithms of the sizes of the risk sets, which no
network can change. So the losses of parts of a data set can be compared, whatever their numbers of
rows; and equal risks have the loss log 2, that of risk sets of two rows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.loss.risk_sets import RiskSets
from bridle.types import AnyArray, Array

__all__ = ["partial_likelihood_loss", "ranked_times"]


def partial_likelihood_loss(y: npt.NDArray[Any], z: Array) -> float:
    """Return the mean term of the events, with the risk sets of all rows; 0 without an event.

    Parameters
    ----------
    y : ndarray of shape (n, 2)
        Time, and 1 if its event was seen, else 0.
    z : ndarray of shape (n,)
        Logs of the risks. The loss is inf or NaN if one is not finite, or if they are so far apart that
        the sum of a risk set underflows.
    """
    seen = y[:, 1] > 0
    if not seen.any():
        return 0.0
    if not np.isfinite(z).all():
        return math.nan
    sets = RiskSets.of(np.arange(len(y)), None, y[:, 0], seen)
    found, equal = (
        sets.sums(risks, np.ones(len(y)), efron=True).value() for risks in (z, np.zeros(len(y)))
    )
    return (found - equal) / float(seen.sum()) + math.log(2)


def ranked_times(y: npt.NDArray[Any]) -> AnyArray:
    """Return what batches need of times and events, of shape (n, 2), float32.

    The first column is the rank of the time, exact in single precision where a time may not be. The
    second is a weight: for an event the number of rows over that of events, and 0 for a censored row.
    The mean of the weighted terms of all batches is then the mean over the events, each with the risk
    set of its batch, and a batch without an event has the loss 0.

    Parameters
    ----------
    y : ndarray of shape (n, 2)
        As for `partial_likelihood_loss`.
    """
    ranks = np.unique(y[:, 0], return_inverse=True)[1]
    share = y[:, 1].mean()
    return np.column_stack([ranks, y[:, 1] / (share or 1.0)]).astype(np.float32)
