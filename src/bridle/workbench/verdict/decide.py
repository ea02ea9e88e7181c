"""The decision on a pair of arms, by rules that are fixed before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.intervals.holm import Step, holm
from bridle.workbench.evidence.intervals.power import MOST_SPLITS, Power
from bridle.workbench.evidence.measure import Evidence
from bridle.workbench.evidence.results.results import Results
from bridle.workbench.protocol import Protocol
from bridle.workbench.verdict.comparison import Comparison, Decision

__all__ = ["decide", "decide_all"]


_BETWEEN_RIVALS: dict[Decision, Decision] = {
    "helps": "better",
    "hurts": "worse",
    "benign gap": "no difference",
}


def decide(
    evidence: Evidence, protocol: Protocol, step: Step | None = None, objection: str = ""
) -> Comparison:
    """Return the decision on a pair of arms.

    With m the margin, the first of these that applies is the decision:

    ============== =================================================================================
    invalid        there is an objection, a run failed or has no finite risk, or there are fewer
                   than two splits or seeds of both arms
    underfits      the validation losses of both were still falling at the end, or too short to
                   have a trend
    inconclusive   there are fewer seeds of a fixed test set than a claim takes (`FEWEST_SEEDS`)
    nothing learnt neither is shown to be better than the dummy, and the one with the lower test
                   risk has a test or a training risk that is not below the dummy's minus m
    inconclusive   neither is shown to be better than the dummy
    helps          the interval of the change lies below 0
    hurts          it lies above 0
    benign gap     it lies in [-m, m], and the interval of the plain arm's optimism lies above m:
                   the plain arm overfits, but regularisation would not pay
    no difference  it lies in [-m, m]; if training risks are not known, whatever the optimism
    inconclusive   none of these
    ============== =================================================================================

    Between rivals, neither of which is the other with a regulariser, the words are "better" and
    "worse" for "helps" and "hurts", and "no difference" for "benign gap".

    Parameters
    ----------
    evidence : Evidence
    protocol : Protocol
        ``margin_share`` and ``confidence``; m is ``margin_share`` times ``evidence.level``.
    step : Step, optional
        Result of Holm's procedure if there are several comparisons. Default: a single comparison.
    objection : str, default=""
        Why no comparison is valid; empty if there is no objection.
    """
    margin = protocol.margin_share * evidence.level
    results = evidence.results
    p_value = results.p_value()
    confidence, adjusted_p = protocol.decision_confidence, p_value
    if step is not None:
        confidence, adjusted_p = step.confidence, step.adjusted_p
    change = results.change(confidence)
    power = None if change is None else _power(evidence, protocol, change, confidence, margin)
    reason = objection or evidence.failures
    decision = "invalid" if reason else _decision(evidence, protocol, change, margin)
    settled = _settling(decision, power, results)
    return Comparison(
        plain=evidence.plain,
        regularised=evidence.regularised,
        n_splits=results.count,
        change=change,
        confidence=confidence,
        unadjusted=results.change(protocol.confidence),
        p_value=p_value,
        adjusted_p_value=adjusted_p,
        margin=margin,
        decision=decision,
        negligible=change is not None and change.within(margin),
        optimism=results.optimism(protocol.confidence),
        power=power,
        epochs=None if evidence.epochs is None else evidence.epochs.change(confidence),
        still_falling=evidence.still_falling,
        too_short=evidence.too_short,
        beat_dummy=evidence.beat_dummy,
        score_change=results.score_change(protocol.confidence),
        seeds_to_settle=_draws(results.unit, settled, protocol),
        rivals=evidence.rivals,
        unit=results.unit,
        fewest=results.fewest,
        basis=results.basis,
        sources=tuple(results.sources),
        reason=reason,
    )


def decide_all(
    evidence: Sequence[Evidence], protocol: Protocol, objection: str = ""
) -> tuple[Comparison, ...]:
    """Return the decisions on several pairs, with Holm's procedure over all with a p-value."""
    p_values = [measured.results.p_value() for measured in evidence]
    steps = iter(holm([p for p in p_values if p is not None], protocol.decision_confidence))
    return tuple(
        decide(measured, protocol, None if p is None else next(steps), objection)
        for measured, p in zip(evidence, p_values, strict=True)
    )


def _power(
    evidence: Evidence, protocol: Protocol, change: Interval, confidence: float, margin: float
) -> Power:
    """Return the power of a comparison; fixed splits cannot become more."""
    power = evidence.results.power(change, margin, confidence)
    grows = evidence.results.unit == "seed" or protocol.splits.is_random
    return power if grows else replace(power, splits_to_settle=None)


def _settling(decision: Decision, power: Power | None, results: Results) -> int | None:
    """Return the number of splits or seeds that may settle a comparison.

    If the interval is short enough already, it is only open whether either arm beats a constant: then
    twice as many, up to `MOST_SPLITS`.
    """
    settled = None if power is None else power.splits_to_settle
    is_enough = settled is not None and settled <= results.count
    if decision != "inconclusive" or not is_enough or results.unit == "seed":
        return settled
    return min(2 * results.count, MOST_SPLITS) if results.count < MOST_SPLITS else None


def _draws(unit: str, settled: int | None, protocol: Protocol) -> int | None:
    """Return the number of seeds for so many splits or seeds; None if no number suffices."""
    if settled is None or unit == "seed":
        return settled
    return protocol.draws_of(settled)


def _decision(
    evidence: Evidence, protocol: Protocol, change: Interval | None, margin: float
) -> Decision:
    results = evidence.results
    if change is None:
        return "invalid"
    if {evidence.plain, evidence.regularised} <= {*evidence.still_falling, *evidence.too_short}:
        return "underfits"
    if results.count < results.fewest:
        return "inconclusive"
    if evidence.dummy_risk is not None and evidence.beat_dummy == ():
        lowest = np.nanmax(results.means(int(change.mean < 0)))
        return "nothing learnt" if lowest >= evidence.dummy_risk - margin else "inconclusive"
    word = _by_intervals(change, results.optimism(protocol.confidence), margin)
    return _BETWEEN_RIVALS.get(word, word) if evidence.rivals else word


def _by_intervals(change: Interval, optimism: Interval | None, margin: float) -> Decision:
    if change.high < 0:
        return "helps"
    if change.low > 0:
        return "hurts"
    if not change.within(margin):
        return "inconclusive"
    return "no difference" if optimism is None or optimism.low <= margin else "benign gap"
