"""`Comparison`: two arms, the change in risk from one to the other, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridle.workbench.evidence.curves.epoch_change import EpochChange
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.intervals.power import Power
from bridle.workbench.evidence.results.results import Source

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
    "better",
    "worse",
]


@dataclass(frozen=True)
class Comparison:
    """The comparison of a plain arm with its regularised counterpart, or of two rivals.

    Attributes
    ----------
    plain, regularised : str
        Names of the arms.
    n_splits : int
        Number of splits, or of seeds on a fixed test set, for which both arms have a result.
    change : Interval or None
        Mean and interval of the change: test risk of the regularised arm minus that of the plain
        one, in the unit of the metric; below 0 if the regularised arm is better. None with fewer
        than two splits. The decision is based on it; its level is ``confidence``.
    confidence : float
        Level of ``change``: that of the protocol or, with several comparisons, Holm's.
    unadjusted : Interval or None
        The same at the level of the protocol, as for a single comparison.
    p_value, adjusted_p_value : float or None
        Two-sided p-value of no change, without and with Holm's adjustment.
    margin : float
        Smallest difference that matters, in the unit of the metric; 0 if nothing ran.
    decision : str
        One of `Decision`.
    negligible : bool
        Whether the whole interval is within the margin on either side of 0. A significant help or
        harm may still be negligible.
    optimism : Interval or None
        Interval of the test risk minus the training risk of the plain arm, over the same splits.
    power : Power or None
        What this comparison can detect; None with fewer than two splits.
    epochs : EpochChange or None
        Change of the validation loss at the last and at the best epochs; None if the arms have no
        curves.
    still_falling : tuple of str
        Arms whose validation loss was still falling when training ended (`trend`).
    too_short : tuple of str
        Arms with too few epochs to see a trend.
    beat_dummy : tuple of str or None
        Arms of the pair that are shown to be better than the dummy; None if that is not known.
    score_change : Interval or None
        Accuracy or R2 of the regularised arm minus that of the plain one, on the test rows.
    seeds_to_settle : int or None
        Total number of draws of the rows that gives ``power.splits_to_settle`` splits, or that
        number of seeds on a fixed test set; None if no number would suffice.
    rivals : bool
        Whether the arms are different models, such as the elastic net and a network. ``regularised``
        then names the one that is compared with ``plain``, and the decision says "better" or "worse"
        instead of "helps" or "hurts".
    unit : {"split", "seed"}
        What was repeated: random splits, or training on one training set.
    fewest : int
        Fewest splits or seeds with which a difference or its absence may be claimed.
    basis : str
        What the change was measured on, in words: "10 paired splits".
    sources : tuple of Source
        Sources of variation of the change, with their shares; empty if they cannot be told apart.
    reason : str
        Why the comparison is invalid; empty if it is valid.
    sentence : str
        The result in words; set by `judge`.
    """

    plain: str
    regularised: str
    n_splits: int
    change: Interval | None
    confidence: float
    unadjusted: Interval | None
    p_value: float | None
    adjusted_p_value: float | None
    margin: float
    decision: Decision
    negligible: bool
    optimism: Interval | None
    power: Power | None
    epochs: EpochChange | None
    still_falling: tuple[str, ...]
    too_short: tuple[str, ...] = ()
    beat_dummy: tuple[str, ...] | None = None
    score_change: Interval | None = None
    seeds_to_settle: int | None = None
    rivals: bool = False
    unit: Literal["split", "seed"] = "split"
    fewest: int = 2
    basis: str = ""
    sources: tuple[Source, ...] = ()
    reason: str = ""
    sentence: str = ""
