"""Recommendation: the simplest arm that is not shown to be worse than another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bridle.workbench.evidence.against_dummy import DUMMY, NULL
from bridle.workbench.evidence.compared_arms import FIRST_PAIRS
from bridle.workbench.evidence.results.pairs import mean_risk, mean_score, pair_runs, succeeded
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_name

__all__ = ["NOTHING_LEARNT", "Recommendation", "has_one_solution", "recommend"]

_SCORE_MARGIN = 0.02
"""Accuracy and log loss disagree if another arm is more accurate by more than this.

Two points in a hundred, as the default margin is 2 % of the dummy's risk.
"""


@dataclass(frozen=True)
class Recommendation:
    """The arm to use.

    Attributes
    ----------
    arm : str or None
        Its name; None if every arm failed, or if the data make the study invalid.
    sentence : str
        A plain sentence.
    remarks : tuple of str
        What the reader should know about the arm.
    """

    arm: str | None
    sentence: str
    remarks: tuple[str, ...] = ()


NOTHING_LEARNT = Recommendation(
    DUMMY, "No model is worth using: none is shown to predict new rows better than a constant."
)


def recommend(
    by_arm: Mapping[str, Sequence[Record]],
    protocol: Protocol,
    task: Task,
    *,
    unsettled: bool,
) -> Recommendation:
    """Return the arm to use.

    The best arm has the lowest mean test risk. A simpler one, in the order of the catalogue of
    arms, is preferred if its mean risk is within the margin of the best, and the interval of the
    paired change from it to any other arm is not below 0. Arms with a failed run and the control
    "permuted_target" are excluded. The margin is ``protocol.margin_share`` times the dummy's risk
    or, without a dummy, the best arm's. A plain arm without a unique solution, such as a linear
    model with as many features as rows, is replaced by its regularised counterpart, unless that is
    shown to be worse.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        Records by arm, the simplest arm first.
    protocol : Protocol
    task : Task
    unsettled : bool
        Whether a comparison was undecided because training ended too early, or no arm is shown to
        be better than the dummy.
    """
    risks = {
        name: risk
        for name, records in by_arm.items()
        if name != NULL
        and all(map(succeeded, records))
        and (risk := mean_risk(records)) is not None
    }
    if not risks:
        return Recommendation(None, "No model can be recommended: each has a failed run.")
    best = min(risks, key=lambda name: risks[name])
    dummy_risk = mean_risk(by_arm.get(DUMMY, ()))
    margin = protocol.margin_share * (risks[best] if dummy_risk is None else dummy_risk)
    chosen = next(
        name
        for name in risks
        if name == best
        or (
            risks[name] <= risks[best] + margin
            and not any(_worse(by_arm, name, other, protocol) for other in risks)
        )
    )
    remarks = []
    partner = dict(FIRST_PAIRS).get(chosen)
    if (
        partner in risks
        and not has_one_solution(by_arm[chosen])
        and not _worse(by_arm, partner, chosen, protocol)
    ):
        remarks.append(
            f"{arm_name(chosen)} has no single solution, since there are as many features as rows or "
            f"more; that of {arm_name(partner)} is not clearly worse"
        )
        chosen = partner
        sentence = f"Use {arm_name(partner)}."
    else:
        sentence = _sentence(chosen, best, task, unsettled=unsettled)
    remarks.append(_by_score(by_arm, chosen, risks, protocol, task))
    return Recommendation(chosen, sentence, tuple(filter(None, remarks)))


def has_one_solution(records: Sequence[Record]) -> bool:
    """Return whether all fits of an arm have unique solutions, according to its records."""
    return not any((record.details or {}).get("minimum_norm") for record in records)


def _by_score(
    by_arm: Mapping[str, Sequence[Record]],
    chosen: str,
    names: Iterable[str],
    protocol: Protocol,
    task: Task,
) -> str:
    """Return a remark if accuracy clearly favours another arm, otherwise ""."""
    if not task.is_classification:
        return ""
    scores = {name: mean_score(by_arm[name]) for name in names}
    if not all(map(math.isfinite, scores.values())):
        return ""
    best = max(scores, key=lambda name: scores[name])
    if scores[best] - scores[chosen] <= _SCORE_MARGIN:
        return ""
    pairs = pair_runs(by_arm[chosen], by_arm[best], protocol)
    ahead = pairs.interval(pairs.score[1] - pairs.score[0], protocol.confidence)
    # Among models that learnt nothing, some arm is always ahead by chance.
    if chosen == DUMMY and (ahead is None or ahead.low <= 0):
        return ""
    return (
        f"the measures disagree: {arm_name(best)} is right more often, on {100 * scores[best]:.1f} % "
        f"against {100 * scores[chosen]:.1f} % of new rows; log loss also judges how sure a model is"
    )


def _worse(
    by_arm: Mapping[str, Sequence[Record]], name: str, other: str, protocol: Protocol
) -> bool:
    """Return whether an arm's risk is shown to be above that of another."""
    pairs = pair_runs(by_arm[name], by_arm[other], protocol)
    change = pairs.interval(pairs.test_change, protocol.confidence)
    return change is not None and change.high < 0


def _sentence(chosen: str, best: str, task: Task, *, unsettled: bool) -> str:
    if chosen == DUMMY and best == DUMMY:
        return f"No model is worth using: a constant prediction has the lowest {task.metric}."
    if chosen == DUMMY:
        return NOTHING_LEARNT.sentence
    use = f"{'For now, use' if unsettled else 'Use'} {arm_name(chosen)}"
    return f"{use}." if chosen == best else f"{use}: no other is clearly better."
