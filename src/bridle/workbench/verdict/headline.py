"""The headline: one plain sentence on which model to use, and one on what regularisation did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from bridle.arguments.option_words import again_with
from bridle.workbench.evidence.compared_arms import FIRST_PAIRS
from bridle.workbench.evidence.curves.trend import LEAST_EPOCHS, too_short
from bridle.workbench.finding import Finding
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.verdict.arm_words import arm_name, listed
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.wording import more_epochs, sentence_case

__all__ = ["effects", "no_verdict", "nothing_compared", "too_early"]


def no_verdict(findings: Sequence[Finding]) -> str:
    """Return the sentence of a study that checks found invalid, with the first reason."""
    first, *others = findings
    reason = first.message.rstrip(".")
    more = f"; {len(others)} more {_many('reason', others)} in the checks" if others else ""
    return f"No verdict: {reason}{more}."


def effects(comparisons: Sequence[Comparison], recommended: str | None) -> str:
    """Return what each regulariser did, "" if the recommended one is known to help.

    Regularisers with the same result are named together.
    """
    told = [comparison for comparison in comparisons if not comparison.rivals]
    if any(
        comparison.regularised == recommended and comparison.decision == "helps"
        for comparison in told
    ):
        return ""
    ordered = sorted(
        told, key=lambda comparison: [_kind(other) for other in told].index(_kind(comparison))
    )
    groups = (list(group) for _, group in groupby(ordered, key=_kind))
    clauses = "; ".join(map(_clause, groups))
    return sentence_case(clauses) if clauses else ""


def too_early(
    by_arm: Mapping[str, Sequence[Record]], comparisons: Sequence[Comparison], protocol: Protocol
) -> str:
    """Return that it is too early to tell: networks trained too short, and no model beats a constant.

    "" if the networks were trained long enough to be judged.
    """
    epochs = "1 epoch" if protocol.epochs == 1 else f"{protocol.epochs:,} epochs"
    if protocol.epochs < LEAST_EPOCHS and any(map(too_short, by_arm.values())):
        why = f"after {epochs} the curves of the networks are too short to show whether they learn"
    elif any(comparison.decision == "underfits" for comparison in comparisons):
        why = f"the losses of the networks were still falling when training ended, after {epochs}"
    else:
        return ""
    return f"Too early to tell: {why}. Train longer: {again_with('epochs', more_epochs(protocol))}."


def nothing_compared(skipped: Mapping[str, str], *, rivals: bool) -> str:
    """Return why no regulariser was compared with the model without it.

    Parameters
    ----------
    skipped : mapping of str to str
        Reasons of the arms that did not run.
    rivals : bool
        Whether other pairs of arms were compared.
    """
    what = "No regulariser was compared with a plain model" if rivals else "Nothing was compared"
    missing = [name for pair in FIRST_PAIRS for name in pair if name in skipped]
    if missing:
        reasons = "; ".join(
            f"{arm_name(name)} did not run, since {skipped[name].rstrip('.')}" for name in missing
        )
        return f"{what}: {reasons}."
    pairs = " or ".join(" with ".join(pair) for pair in FIRST_PAIRS)
    return f"{what}: that takes the arms {pairs}."


def _kind(comparison: Comparison) -> tuple[str, str, bool]:
    alike = {"benign gap": "no difference"}
    word = alike.get(comparison.decision, comparison.decision)
    # Only helps and hurts name the plain arm; other clauses join regularisers of different plain arms.
    plain = comparison.plain if word in ("helps", "hurts") else ""
    return word, plain, comparison.negligible and word in ("helps", "hurts")


def _clause(group: Sequence[Comparison]) -> str:
    names = listed([arm_name(comparison.regularised) for comparison in group])
    plain, s = arm_name(group[0].plain), "s" if len(group) == 1 else ""
    little = ", but by too little to matter" if group[0].negligible else ""
    match group[0].decision:
        case "helps":
            return f"{names} improve{s} {plain}{little}"
        case "hurts":
            return f"{names} make{s} {plain} worse{little}"
        case "benign gap" | "no difference":
            return f"{names} made no difference worth having"
        case "underfits":
            return f"training was too short to judge {names}: train longer"
        case "nothing learnt":
            return f"{names} found nothing to improve"
        case "invalid":
            return f"{names} could not be judged"
        case _:
            return f"whether {names} help{s} is still open"


def _many(word: str, things: Sequence[object]) -> str:
    return word if len(things) == 1 else f"{word}s"
