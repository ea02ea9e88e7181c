"""Comparison of a plain arm with its regularised one: the difference, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridle.workbench.evidence.corrected_interval import Interval
from bridle.workbench.evidence.epoch_difference import EpochDifference
from bridle.workbench.evidence.power import Power

__all__ = ["Comparison", "Decision"]

Decision = Literal[
    "invalid",
    "underfits",
    "nothing learnt",
    "helps",
    "hurts",
    "benign gap",
    "no difference",
    "inconclusive",
]


@dataclass(frozen=True)
class Comparison:
    """What regularisation bought.

    Attributes
    ----------
    plain, regularised : str
        Names of the arms.
    n_splits : int
        Splits on which both arms gave a result.
    interval : Interval or None
        Of the difference: test risk of the plain arm minus that of the regularised one, in the
        unit of the metric; above 0 where the regularised arm is better. None with fewer than two
        splits. It decides; its level is ``confidence``.
    confidence : float
        Level of ``interval``: that of the protocol or, of several comparisons, Holm's.
    unadjusted : Interval or None
        The same at the level of the protocol, as if this were the only comparison.
    p_value, adjusted_p_value : float or None
        Two-sided, of no difference; alone and by Holm's procedure.
    margin : float
        A difference below it is negligible, in the unit of the metric; 0 where nothing ran.
    decision : str
        One of `Decision`.
    negligible : bool
        Whether the whole interval, so the difference too, lies within the margin on either side
        of 0. What helps or hurts may be negligible all the same.
    optimism : Interval or None
        Of the test risk minus the training risk of the plain arm, over the same splits.
    power : Power or None
        What this comparison could have seen; None with fewer than two splits.
    epochs : EpochDifference or None
        The difference in validation loss at the last and at the best epochs; None where the arms
        have no curves.
    still_falling : tuple of str
        Arms whose validation loss was still falling when training ended (`trend`).
    too_short : tuple of str
        Arms that trained for too few epochs to have a trend.
    beat_dummy : tuple of str or None
        Arms of the pair that are shown to be better than the dummy; None where that is not known.
    score_difference : Interval or None
        Accuracy or R2 of the regularised arm minus that of the plain one, on the test rows.
    seeds_to_settle : int or None
        Draws of the rows in all that ``power.splits_to_settle`` takes; None where no number of
        them would do.
    reason : str
        Why the comparison is invalid; empty where it is not.
    sentence : str
        All of it in words; `judge` writes it.
    """

    plain: str
    regularised: str
    n_splits: int
    interval: Interval | None
    confidence: float
    unadjusted: Interval | None
    p_value: float | None
    adjusted_p_value: float | None
    margin: float
    decision: Decision
    negligible: bool
    optimism: Interval | None
    power: Power | None
    epochs: EpochDifference | None
    still_falling: tuple[str, ...]
    too_short: tuple[str, ...] = ()
    beat_dummy: tuple[str, ...] | None = None
    score_difference: Interval | None = None
    seeds_to_settle: int | None = None
    reason: str = ""
    sentence: str = ""

    @property
    def difference(self) -> float | None:
        """Mean of the difference; above 0 where the regularised arm is better."""
        return None if self.interval is None else self.interval.mean
