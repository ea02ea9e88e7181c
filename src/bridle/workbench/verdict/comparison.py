"""Comparison of a plain arm with its regularised one: the difference, and what it means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bridle.workbench.evidence.against_dummy import beats_dummy
from bridle.workbench.evidence.corrected_interval import Interval
from bridle.workbench.evidence.epoch_difference import EpochDifference, epoch_difference
from bridle.workbench.evidence.holm import Step, holm
from bridle.workbench.evidence.pairing import mean_risk, pair_runs, succeeded
from bridle.workbench.evidence.power import Power, power_of
from bridle.workbench.evidence.trend import still_falling, too_short
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task

__all__ = [
    "FIRST_PAIRS",
    "UNPAIRED",
    "Comparison",
    "Decision",
    "compare_arms",
    "compare_pairs",
    "pairs_of",
]

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

FIRST_PAIRS = (("baseline", "dropout"), ("linear", "elastic_net"))
"""Names of a plain arm and of the arm that adds nothing to it but the regulariser."""

UNPAIRED = frozenset({"dummy", "permuted_target", "linear", "baseline"})
"""Arms that add no regulariser; all that `FIRST_PAIRS` does not name either go with the baseline."""


def pairs_of(arms: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs to compare among the arms that ran, the first the most telling."""
    names = tuple(arms)
    named = UNPAIRED.union(*FIRST_PAIRS)
    others = tuple(("baseline", name) for name in names if name not in named)
    return tuple(pair for pair in (*FIRST_PAIRS, *others) if set(pair) <= set(names))


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


def compare_arms(
    plain: Sequence[Record],
    regularised: Sequence[Record],
    protocol: Protocol,
    task: Task,
    dummy_risk: float | None,
    objection: str = "",
    step: Step | None = None,
    better: Collection[str] | None = None,
) -> Comparison:
    """Compare two arms on the splits that both have.

    With m the margin, the first of these that holds is the decision:

    ============== =================================================================================
    invalid        there is an objection, a run failed or has no finite risk, or both arms share
                   fewer than two splits
    underfits      the validation losses of both were still falling at the end, or too short to
                   have a trend
    nothing learnt neither is shown to be better than the dummy, and the one with the lower test
                   risk has a test or a training risk that is not below the dummy's minus m
    inconclusive   neither is shown to be better than the dummy
    helps          the interval of the difference lies above 0
    hurts          it lies below 0
    benign gap     it lies in [-m, m], and the interval of the plain arm's optimism lies above m:
                   the plain arm overfits, but regularisation would not pay
    no difference  it lies in [-m, m]
    inconclusive   none of these
    ============== =================================================================================

    Parameters
    ----------
    plain, regularised : sequence of Record
        The runs of one arm each, at least one.
    protocol : Protocol
        ``margin_share`` and ``confidence``.
    task : Task
    dummy_risk : float or None
        Test risk of the model that ignores the features. m is ``margin_share`` times this, or times
        the plain arm's test risk where it is not known.
    objection : str, default=""
        Why no comparison of these records can be trusted.
    step : Step, optional
        What Holm's procedure says where this is one of several comparisons. Default: the only one.
    better : collection of str, optional
        Arms that are shown to be better than the dummy. Default: it is not known, and no rule asks.
    """
    level = dummy_risk if dummy_risk is not None else mean_risk(plain) or 0.0
    margin = protocol.margin_share * level
    pairs = pair_runs(plain, regularised, protocol)
    gain = pairs.test[0] - pairs.test[1]
    alone = pairs.interval(gain, protocol.confidence)
    p_value = None if alone is None else alone.p_value(pairs.n_splits)
    confidence, adjusted_p = protocol.confidence, p_value
    if step is not None:
        confidence, adjusted_p = step.confidence, step.adjusted_p
    difference = pairs.interval(gain, confidence)
    optimism = pairs.interval(pairs.test[0] - pairs.train[0], protocol.confidence)
    # The curves of a regression are in units of the target's variance, where the dummy's risk is 1.
    curve_level = level if task.is_classification else 1.0
    names = plain[0].arm, regularised[0].arm
    runs = dict(zip(names, (plain, regularised), strict=True))
    falling = tuple(name for name in names if still_falling(runs[name], curve_level, protocol))
    short = tuple(name for name in names if too_short(runs[name]))
    beat = None if better is None else tuple(name for name in names if name in better)
    reason = objection or _failures(plain, regularised, pairs.n_splits)
    power = seeds = None
    if difference is not None:
        power = power_of(difference, pairs.n_splits, pairs.ratio, margin, confidence)
        if not protocol.splits.is_random:
            power = replace(power, splits_to_settle=None)
        if power.splits_to_settle is not None:
            seeds = protocol.draws_of(power.splits_to_settle)
    if reason or difference is None or optimism is None:
        decision: Decision = "invalid"
    elif set(names) <= {*falling, *short}:
        decision = "underfits"
    elif dummy_risk is not None and beat == ():
        best = int(difference.mean > 0)
        lowest = max(pairs.test[best].mean(), pairs.train[best].mean())
        decision = "nothing learnt" if lowest >= dummy_risk - margin else "inconclusive"
    else:
        decision = _decide(difference, optimism, margin)
    return Comparison(
        plain=names[0],
        regularised=names[1],
        n_splits=pairs.n_splits,
        interval=difference,
        confidence=confidence,
        unadjusted=alone,
        p_value=p_value,
        adjusted_p_value=adjusted_p,
        margin=margin,
        decision=decision,
        negligible=difference is not None and difference.within(margin),
        optimism=optimism,
        power=power,
        epochs=epoch_difference(plain, regularised, protocol, confidence),
        still_falling=falling,
        too_short=short,
        beat_dummy=beat,
        score_difference=pairs.interval(pairs.score[1] - pairs.score[0], protocol.confidence),
        seeds_to_settle=seeds,
        reason=reason,
    )


def compare_pairs(
    by_arm: Mapping[str, Sequence[Record]],
    protocol: Protocol,
    task: Task,
    dummy_risk: float | None,
    objection: str = "",
) -> tuple[Comparison, ...]:
    """Compare every pair of arms that ran (`pairs_of`), with Holm's procedure over all of them.

    See `compare_arms` for the parameters.
    """
    pairs = pairs_of(by_arm)
    better = beats_dummy(by_arm, protocol, task)
    alone = [
        compare_arms(by_arm[plain], by_arm[other], protocol, task, dummy_risk, objection)
        for plain, other in pairs
    ]
    family = [
        (pair, one.p_value)
        for pair, one in zip(pairs, alone, strict=True)
        if one.p_value is not None
    ]
    steps = holm([p for _, p in family], protocol.confidence)
    by_pair = {pair: step for (pair, _), step in zip(family, steps, strict=True)}
    return tuple(
        compare_arms(
            by_arm[pair[0]],
            by_arm[pair[1]],
            protocol,
            task,
            dummy_risk,
            objection,
            by_pair.get(pair),
            better,
        )
        for pair in pairs
    )


def _decide(difference: Interval, optimism: Interval, margin: float) -> Decision:
    if difference.low > 0:
        return "helps"
    if difference.high < 0:
        return "hurts"
    if not difference.within(margin):
        return "inconclusive"
    return "benign gap" if optimism.low > margin else "no difference"


def _failures(plain: Sequence[Record], regularised: Sequence[Record], n_splits: int) -> str:
    """Return why the runs cannot be compared, or nothing."""
    for records in (regularised, plain):
        failed = [one for one in records if not succeeded(one)]
        if failed:
            first = min(failed, key=lambda one: one.seed)
            why = first.failure or "its risk is not a finite number"
            some = f"{len(failed)} of" if len(failed) < len(records) else "all"
            return (
                f"{some} {len(records)} runs of {first.arm} failed, "
                f"the first at seed {first.seed} ({why.rstrip('.')})"
            )
    if n_splits < 2:
        return f"the arms share {n_splits or 'no'} split, and an interval needs two"
    return ""
