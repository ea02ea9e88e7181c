r"""Log loss of pairs: how well log risks say which of two rows has its event first.

If hazards are proportional and one of rows i and j has an event at a time at which both are at risk, it
is that of i with probability ``1 / (1 + exp(r_j - r_i))``, where r are the logs of their risks. The loss
is the mean of

``log(1 + exp(r_j - r_i))``

over the pairs of Harrell's C (`bridle.survival.concordance`): i has an event, and j outlives it. Equal
risks have the loss log 2; risks that order the pairs, and are sure of it, have less.

Source: Goldstein and Langholz (1992), "Asymptotic theory for nested case-control sampling in the Cox
regression model": each term is the partial likelihood of a case with one control.
"""

from __future__ import annotations

import numpy as np

from bridle.survival.outcomes import Outcomes
from bridle.survival.pairs import comparable_pairs, no_pair_error
from bridle.types import Array

__all__ = ["pair_loss"]

_MOST_ROWS = 5_000
"""Rows up to which all pairs are compared: 12 million, about a second."""


def pair_loss(outcomes: Outcomes, risk: Array) -> float:
    """Return the log loss of pairs.

    Of more than 5,000 rows, 5,000 are used, at equal steps in the order of their times.

    Parameters
    ----------
    outcomes : Outcomes
        Of n rows.
    risk : ndarray of shape (n,)
        Log of each row's risk.

    Raises
    ------
    InputError
        No two rows can be compared.
    """
    if risk.size > _MOST_ROWS:
        order = np.argsort(outcomes.stop, kind="stable")
        rows = order[np.linspace(0, risk.size - 1, _MOST_ROWS).astype(np.intp)]
        start = None if outcomes.start is None else outcomes.start[rows]
        outcomes, risk = Outcomes(outcomes.stop[rows], outcomes.event[rows], start), risk[rows]
    total, count = 0.0, 0
    for some, pairs in comparable_pairs(outcomes, np.flatnonzero(outcomes.event)):
        further = np.broadcast_to(risk, pairs.shape)[pairs] - np.repeat(
            risk[some], pairs.sum(axis=1)
        )
        total += float(np.logaddexp(0.0, further).sum())
        count += further.size
    if count == 0:
        raise no_pair_error(risk.size)
    return total / count
