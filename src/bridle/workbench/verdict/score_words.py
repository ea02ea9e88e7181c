"""Scores of the recommended model and of its rivals, in one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bridle.workbench.evidence.against_dummy import DUMMY, NULL
from bridle.workbench.evidence.best_network import BEST_NETWORK, network_arms
from bridle.workbench.evidence.compared_arms import FIRST_PAIRS, UNPAIRED
from bridle.workbench.evidence.results.pairs import mean_risk, mean_score
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_name
from bridle.workbench.verdict.wording import number

__all__ = ["score_words"]


def score_words(by_arm: Mapping[str, Sequence[Record]], recommended: str | None, task: Task) -> str:
    """Return a sentence, or "" if nothing is recommended or a score is not known.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        Records by arm; those of `best_network` under its name.
    recommended : str or None
    task : Task
        Accuracy for classes, share of the deviance for counts, root mean squared error and R2 for
        numbers.

    Examples
    --------
    "It is right on 84 % of new rows; the plain linear model on 82 %, the best network on 83 %."
    """
    if recommended is None:
        return ""
    names = [recommended, *(name for name in _others(by_arm, recommended) if name in by_arm)]
    scores = [mean_score(by_arm[name]) for name in names]
    risks = [mean_risk(by_arm[name]) for name in names]
    if not all(map(math.isfinite, scores)):
        return ""
    who = "A constant prediction" if recommended == DUMMY else "It"
    others = [arm_name(name) for name in names[1:]]
    said, rest = task.type.said(scores, risks, number)
    compared = [f"{name} {words}" for name, words in zip(others, rest, strict=True)]
    said = f"{who} {said}"
    return f"{'; '.join(filter(None, [said, ', '.join(compared)]))}."


def _others(by_arm: Mapping[str, Sequence[Record]], recommended: str) -> list[str]:
    """Return the arms to use instead: the plain arm of the recommended one, and the other kind."""
    networks = network_arms(by_arm)
    network = BEST_NETWORK if BEST_NETWORK in by_arm else next(iter(networks), "")
    linear = "elastic_net" if "elastic_net" in by_arm else "linear"
    plain_of = {regularised: plain for plain, regularised in FIRST_PAIRS}
    if recommended in ("linear", "elastic_net"):
        return ["linear" if recommended == "elastic_net" else "elastic_net", network]
    if recommended == DUMMY:
        tried = {
            name: mean_risk(runs) for name, runs in by_arm.items() if name not in (DUMMY, NULL)
        }
        known = {name: risk for name, risk in tried.items() if risk is not None}
        return [min(known, key=lambda name: known[name])] if known else []
    if recommended in networks:
        partner = (
            plain_of.get(recommended, "baseline") if recommended not in UNPAIRED else "dropout"
        )
        return [partner, linear]
    return [linear, network]
