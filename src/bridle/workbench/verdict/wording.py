"""Wording of a verdict, in sentences that need no glossary."""

from __future__ import annotations

import math

from bridle.workbench.evidence.corrected_interval import Interval
from bridle.workbench.evidence.trend import LEAST_EPOCHS, LateEpochs
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task
from bridle.workbench.verdict.comparison import Comparison

__all__ = [
    "arm_name",
    "clause",
    "epoch_words",
    "late_words",
    "no_signal",
    "number",
    "power_words",
    "remark",
    "sentence_case",
]

MORE_EPOCHS = 4
"""Factor of the suggested number of epochs if training ended too early."""

ENOUGH_EPOCHS = 15
"""Fewer are never suggested."""

_ARM_NAMES = {
    "dummy": "the dummy",
    "linear": "the unpenalised linear model",
    "elastic_net": "the elastic net",
    "permuted_target": "the null",
    "baseline": "the baseline network",
}


def arm_name(arm: str) -> str:
    """Return the name of an arm for the middle of a sentence."""
    return _ARM_NAMES.get(arm, arm.replace("_", " "))


def number(value: float) -> str:
    """Return a number with three significant digits, without an exponent if it is readable."""
    if value == 0 or not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3g}"
    decimals = 2 - math.floor(math.log10(abs(value)))
    if decimals <= 0:
        return f"{round(value, decimals):,.0f}"
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def sentence_case(text: str) -> str:
    """Return the text with a capital first letter and one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def clause(comparison: Comparison, protocol: Protocol, task: Task, *, again: bool = False) -> str:
    """Return the result of a comparison as a clause, without capital letter and full stop.

    Parameters
    ----------
    comparison : Comparison
    protocol : Protocol
        ``epochs``.
    task : Task
        Names the metric.
    again : bool, default=False
        Whether an earlier comparison had the same result: "helped too".
    """
    name, plain = arm_name(comparison.regularised), arm_name(comparison.plain)
    interval, optimism = comparison.interval, comparison.optimism
    if comparison.decision == "invalid" or interval is None or optimism is None:
        return f"no verdict on {name}: {comparison.reason}"
    margin = number(comparison.margin)
    shift = f"{task.metric} {_shift(interval.mean, plain)}"
    share = f"{100 * comparison.confidence:.3g} % interval"
    splits = f"{comparison.n_splits} paired splits"
    evidence = f"{share} from {_span(interval)}, {splits}"
    little = ", but by too little to matter" if comparison.negligible else ""
    too = " too" if again else ""
    match comparison.decision:
        case "underfits":
            return _underfits(comparison, protocol, f"{shift}, {evidence}")
        case "nothing learnt":
            return (
                f"nothing was learnt that {name} could help or hurt: neither it nor {plain} is "
                f"shown to predict new rows better than the dummy ({shift}, {evidence})"
            )
        case "helps":
            return f"{name} helped{too}{little}: {shift} ({evidence})"
        case "hurts":
            return f"{name} hurt{too}{little}: {shift} ({evidence})"
        case "benign gap":
            return (
                f"{name} was not needed: the {task.metric} of {plain} is "
                f"{number(optimism.mean)} higher on new rows than on its training rows, but "
                f"{name} changes it on new rows by less than {margin}, too little to matter "
                f"({evidence})"
            )
        case "no difference":
            return (
                f"{name} made no difference that matters: {task.metric} within {margin} of "
                f"{plain}'s ({evidence})"
            )
        case "inconclusive" if comparison.beat_dummy == ():
            return (
                f"it is open whether {name} helps: neither it nor {plain} is yet shown to predict "
                f"new rows better than the dummy ({shift}, {evidence})"
            )
        case "inconclusive":
            return (
                f"it is open whether {name} helps: {shift} over {splits}, but anything from "
                f"{_span(interval)} would fit them ({share}); {_what_settles(comparison)}"
            )


def no_signal(
    name: str, gain: Interval, protocol: Protocol, task: Task, rounding: float = 0.0
) -> str:
    """Return a sentence that no arm is shown to be better than the dummy.

    Parameters
    ----------
    name : str
        The arm with the lowest risk.
    gain : Interval
        Interval of the dummy's risk minus that of this arm.
    protocol : Protocol
    task : Task
    rounding : float
        Largest gain that counts as none.
    """
    found = (
        "Nothing to learn was found: no model is shown to predict new rows better than the dummy, "
        f"which ignores every feature. The closest is {arm_name(name)}, with {task.metric} "
    )
    if gain.within(rounding):
        return f"{found}equal to the dummy's."
    return (
        f"{found}{_shift(gain.mean, 'the dummy')} ({100 * protocol.confidence:.3g} % interval from "
        f"{_span(gain)})."
    )


def remark(comparison: Comparison, protocol: Protocol, task: Task) -> str:
    """Return sentences on a single arm that was still learning, and on disagreeing measures."""
    return " ".join(
        filter(None, [_learning_on(comparison, protocol), _other_measure(comparison, task)])
    )


def _learning_on(comparison: Comparison, protocol: Protocol) -> str:
    if comparison.decision == "invalid" or len(comparison.still_falling) != 1:
        return ""
    (arm,) = comparison.still_falling
    effect = "change this"
    if comparison.decision in ("helps", "hurts"):
        gains = (arm == comparison.regularised) == (comparison.decision == "helps")
        effect = "widen the difference" if gains else "narrow the difference"
    return sentence_case(
        f"{arm_name(arm)}'s loss was still falling at the last of {protocol.epochs} epochs: "
        f"--epochs {_more_epochs(protocol)} may {effect}"
    )


def _other_measure(comparison: Comparison, task: Task) -> str:
    """Return a sentence if accuracy is shown to contradict the log loss, otherwise ""."""
    score = comparison.score_difference
    if score is None or not task.is_classification:
        return ""
    lost = comparison.decision == "helps" and score.high < 0
    won = comparison.decision == "hurts" and score.low > 0
    if not (lost or won):
        return ""
    return (
        f"The two measures disagree: its accuracy is {100 * abs(score.mean):.1f} points "
        f"{'lower' if lost else 'higher'}."
    )


def _more_epochs(protocol: Protocol) -> int:
    return max(MORE_EPOCHS * protocol.epochs, ENOUGH_EPOCHS)


def power_words(comparison: Comparison, task: Task) -> str:
    """Return a sentence on the power of a comparison, or "" without an interval."""
    power = comparison.power
    if power is None or comparison.interval is None or comparison.interval.standard_error == 0:
        return ""
    seen = (
        f"With {comparison.n_splits} splits a true difference in {task.metric} of "
        f"{number(power.smallest_difference)} is found in {100 * power.probability:g} % of studies"
    )
    if comparison.decision == "inconclusive":
        return f"{seen}; {_what_settles(comparison)}."
    return f"{seen}."


def epoch_words(comparison: Comparison, task: Task) -> str:
    """Return the differences in validation loss at the last and best epochs, or ""."""
    epochs = comparison.epochs
    if epochs is None:
        return ""
    name, plain = arm_name(comparison.regularised), arm_name(comparison.plain)
    return sentence_case(
        f"validation loss of {name}, last epochs: {_shift(epochs.last.mean, plain)} "
        f"(from {_span(epochs.last)}); best epochs ({epochs.plain_epoch} of {epochs.plain_epochs} for "
        f"{plain}, {epochs.regularised_epoch} of {epochs.regularised_epochs} for {name}): "
        f"{_shift(epochs.best.mean, plain)} (from {_span(epochs.best)})"
    )


def late_words(late: LateEpochs) -> str:
    """Return the change of a validation loss over the last epochs."""
    fall = late.fall
    return (
        f"{_moved(fall.mean)} (its interval goes from {_way(fall.low)} to {_way(fall.high)}); single "
        f"epochs scatter by {number(late.jitter)}"
    )


def _moved(fall: float) -> str:
    if fall == 0:
        return "did not move"
    return f"{'fell' if fall > 0 else 'rose'} by {number(abs(fall))}"


def _way(fall: float) -> str:
    if fall == 0:
        return "no move"
    return f"a {'fall' if fall > 0 else 'rise'} of {number(abs(fall))}"


def _what_settles(comparison: Comparison) -> str:
    power, seeds = comparison.power, comparison.seeds_to_settle
    if power is None or power.splits_to_settle is None or seeds is None:
        return "this table cannot settle it, however it is split: more rows are needed"
    more = max(1, power.splits_to_settle - comparison.n_splits)
    return (
        f"about {more} more {'split' if more == 1 else 'splits'} would settle it: --seeds {seeds}"
    )


def _underfits(comparison: Comparison, protocol: Protocol, evidence: str) -> str:
    name, plain = arm_name(comparison.regularised), arm_name(comparison.plain)
    so_far = f"{_standing(comparison)} ({evidence})"
    epochs = "1 epoch is" if protocol.epochs == 1 else f"{protocol.epochs} epochs are"
    if len(comparison.still_falling) == 2:
        why = f"its loss and {plain}'s were still falling at the end"
    else:
        why = f"whether a loss is level shows from {LEAST_EPOCHS} epochs on"
    return (
        f"{epochs} too few to judge {name}: {why}, and {so_far}, so try "
        f"--epochs {_more_epochs(protocol)}"
    )


def _standing(comparison: Comparison) -> str:
    """Return the current direction of the difference."""
    name, interval = arm_name(comparison.regularised), comparison.interval
    if interval is not None and interval.low > 0:
        return f"{name} is ahead so far"
    if _mean(comparison) < 0:
        return f"{name} does not pay yet"
    return f"{name} is not clearly ahead"


def _mean(comparison: Comparison) -> float:
    return comparison.difference or 0.0


def _shift(difference: float, plain: str) -> str:
    if difference == 0:
        return f"equal to {plain}'s"
    return f"{number(abs(difference))} {_side(difference)} than {plain}'s"


def _span(interval: Interval) -> str:
    low, high = interval.low, interval.high
    if low < 0 < high:
        return f"{number(-low)} higher to {number(high)} lower"
    ends = sorted((abs(low), abs(high)))
    side = "higher" if low + high < 0 else "lower"
    return f"{number(ends[0])} to {number(ends[1])} {side}"


def _side(difference: float) -> str:
    return "lower" if difference > 0 else "higher"
