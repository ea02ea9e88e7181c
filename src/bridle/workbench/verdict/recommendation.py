"""Recommendation: the simplest arm that is not shown to be worse than the best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from bridle.workbench.evidence.against_dummy import DUMMY, NULL
from bridle.workbench.evidence.compared_arms import FIRST_PAIRS
from bridle.workbench.evidence.pairing import mean_risk, mean_score, pair_runs, succeeded
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.verdict.wording import arm_name

__all__ = ["has_one_solution", "recommend"]

_SCORE_MARGIN = 0.02
"""Two measures disagree where accuracy puts another arm ahead by more than this."""


def recommend(
    by_arm: Mapping[str, Sequence[Record]],
    protocol: Protocol,
    task: Task,
    *,
    unsettled: bool,
) -> tuple[str | None, str]:
    """Return the name of the recommended arm and a sentence.

    The best arm has the lowest mean test risk. A simpler one, in the order of the catalogue of
    arms, is preferred if its mean risk is within the margin of the best and the interval of the
    paired difference is not above 0. Arms with a failed run and the control "permuted_target" are
    excluded. The margin is ``protocol.margin_share`` times the dummy's risk or, without a dummy,
    the best arm's. A plain arm without a unique solution, such as a linear model with as many
    features as rows, is replaced by its regularised counterpart, unless that is shown to be worse.

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
        return None, "No arm can be recommended: each has a failed run."
    best = min(risks, key=lambda name: risks[name])
    dummy_risk = mean_risk(by_arm.get("dummy", ()))
    margin = protocol.margin_share * (risks[best] if dummy_risk is None else dummy_risk)
    chosen = next(
        name
        for name in risks
        if name == best
        or (risks[name] <= risks[best] + margin and not _worse(by_arm, name, best, protocol))
    )
    partner = dict(FIRST_PAIRS).get(chosen)
    if (
        partner in risks
        and not has_one_solution(by_arm[chosen])
        and not _worse(by_arm, partner, chosen, protocol)
    ):
        sentence = (
            f"Use {arm_name(partner)}: {arm_name(chosen)} has no one solution, with as many "
            f"features as rows or more, and {arm_name(partner)}'s {task.metric} is not clearly "
            "higher."
        )
        chosen = partner
    else:
        sentence = _sentence(chosen, best, task, unsettled=unsettled)
    return chosen, f"{sentence} {_by_score(by_arm, chosen, risks, protocol, task)}".rstrip()


def has_one_solution(records: Sequence[Record]) -> bool:
    """Return whether all fits of an arm have unique solutions, according to its records."""
    return not any((one.details or {}).get("minimum_norm") for one in records)


def _by_score(
    by_arm: Mapping[str, Sequence[Record]],
    chosen: str,
    names: Iterable[str],
    protocol: Protocol,
    task: Task,
) -> str:
    """Return a sentence if accuracy clearly favours another arm, otherwise ""."""
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
        f"The measures disagree: by accuracy {arm_name(best)} is better, "
        f"{100 * scores[best]:.1f} % against {100 * scores[chosen]:.1f} %; log loss also judges how "
        "sure a model is, accuracy only which class it names."
    )


def _worse(
    by_arm: Mapping[str, Sequence[Record]], name: str, best: str, protocol: Protocol
) -> bool:
    """Return whether an arm's risk is shown to be above that of the best."""
    pairs = pair_runs(by_arm[name], by_arm[best], protocol)
    interval = pairs.interval(pairs.test[0] - pairs.test[1], protocol.confidence)
    return interval is not None and interval.low > 0


def _sentence(chosen: str, best: str, task: Task, *, unsettled: bool) -> str:
    if chosen == "dummy":
        behind = "" if best == chosen else f", or one that is not clearly above {arm_name(best)}'s"
        return (
            "No model is worth using: the dummy, which ignores every feature, has the lowest "
            f"{task.metric}{behind}."
        )
    use = f"{'For now, use' if unsettled else 'Use'} {arm_name(chosen)}"
    if chosen == best:
        return f"{use}."
    return (
        f"{use}: it is plainer than {arm_name(best)}, and its {task.metric} is not clearly higher."
    )
