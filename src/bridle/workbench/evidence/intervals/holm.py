"""Holm's procedure: adjustment of p-values and interval levels for several comparisons.

With m comparisons at 95 % each, the chance of at least one false result is larger than 5 %. Holm's
procedure judges the smallest p-value at level 5 % / m, the next at 5 % / (m - 1), and so on, and
stops at the first that is not significant. The chance of any false result is then at most 5 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from bridle.arguments.scalars import refuse
from bridle.errors import InputError

__all__ = ["Step", "holm"]


@dataclass(frozen=True)
class Step:
    """Adjusted p-value and interval level of a comparison.

    Attributes
    ----------
    adjusted_p : float
        Adjusted p-value; at most 1 - confidence if the comparison is significant.
    confidence : float
        Level of the interval that excludes 0 exactly if the comparison is significant; at least the
        level of the family.
    """

    adjusted_p: float
    confidence: float


def holm(p_values: Sequence[float], confidence: float) -> tuple[Step, ...]:
    r"""Return adjusted p-values and interval levels, in the order given.

    With :math:`p_{(1)} \le \dots \le p_{(m)}` and :math:`\alpha` = 1 - confidence,

    .. math:: \tilde p_{(i)} = \max_{k \le i} \min\{1, (m - k + 1)\, p_{(k)}\}

    and the level of comparison i is :math:`1 - \alpha / (m - \min(i, s) + 1)`, where s is the first
    comparison that is not significant: those before it are judged at their step, all others at step
    s. The probability of any false decision by these intervals is at most :math:`\alpha`.

    Parameters
    ----------
    p_values : sequence of float
        In [0, 1].
    confidence : float
        Level for all comparisons together, in (0, 1).

    Raises
    ------
    InputError
        An argument is outside its range.

    Notes
    -----
    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979) 65-70, section 3.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise InputError(f"p_values must lie in [0, 1]. Received: p_values={list(p_values)!r}.")
    if not 0 < confidence < 1:
        refuse("confidence", "strictly between 0 and 1", confidence)
    m, alpha = len(p_values), 1 - confidence
    order = sorted(range(m), key=lambda i: p_values[i])
    scaled = [min(1.0, (m - rank) * p_values[index]) for rank, index in enumerate(order)]
    stop = next((rank for rank, p in enumerate(scaled) if p > alpha), m)
    steps = {
        index: Step(adjusted, 1 - alpha / (m - min(rank, stop)))
        for rank, (index, adjusted) in enumerate(zip(order, accumulate(scaled, max), strict=True))
    }
    return tuple(steps[index] for index in range(m))
