"""Wording of the evidence: the result of a comparison with its numbers, in sentences.

The plain sentence on top of a verdict is that of `bridle.workbench.verdict.headline`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridle.arguments.option_words import again_with, option
from bridle.workbench.evidence.curves.trend import LEAST_EPOCHS, LateEpochs
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.results.results import Source
from bridle.workbench.protocol import EpochsRule, Protocol
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_name, listed
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.signed import ends_of, mean_of

__all__ = [
    "clause",
    "epoch_words",
    "epochs_found",
    "late_words",
    "more_epochs",
    "number",
    "power_words",
    "remark",
    "sentence_case",
    "source_words",
    "what_settles",
]

MORE_EPOCHS = 4
"""Factor of the suggested number of epochs if training ended too early: two doublings, the steps in
which `bridle.workbench.run.level_epochs` searches."""

ENOUGH_EPOCHS = 15
"""Fewest epochs that are suggested: the default number of a network."""


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


def clause(comparison: Comparison, protocol: Protocol, task: Task) -> str:
    """Return the result of a comparison as a clause, without capital letter and full stop.

    Parameters
    ----------
    comparison : Comparison
    protocol : Protocol
        ``epochs``.
    task : Task
        Names the metric.
    """
    name, plain = arm_name(comparison.regularised), arm_name(comparison.plain)
    change, optimism = comparison.change, comparison.optimism
    if comparison.decision == "invalid" or change is None:
        return f"no verdict on {name}: {comparison.reason}"
    evidence = (
        f"change in {task.metric} {mean_of(change)}, {100 * comparison.confidence:.3g} % interval "
        f"{ends_of(change)}, {comparison.basis}"
    )
    little = ", but by too little to matter" if comparison.negligible else ""
    match comparison.decision:
        case "underfits":
            return _underfits(comparison, protocol, evidence)
        case "nothing learnt":
            return (
                f"there was nothing that {name} could help or hurt: neither it nor {plain} is shown "
                f"to predict new rows better than a constant ({evidence})"
            )
        case "helps":
            return f"{name} helped {plain}{little} ({evidence})"
        case "hurts":
            return f"{name} hurt {plain}{little} ({evidence})"
        case "better" | "worse":
            return f"{name} is {comparison.decision} than {plain}{little} ({evidence})"
        case "benign gap" if optimism is not None:
            return (
                f"{name} was not needed: the {task.metric} of {plain} is "
                f"{number(optimism.mean)} higher on new rows than on its training rows, but "
                f"{name} changes it on new rows by less than {number(comparison.margin)}, too little "
                f"to matter ({evidence})"
            )
        case "no difference" | "benign gap":
            return (
                f"{name} and {plain} differ by less than {number(comparison.margin)}, too little to "
                f"matter ({evidence})"
            )
        case "inconclusive":
            return f"{_open(comparison)} ({evidence}); {what_settles(comparison)}"


def _open(comparison: Comparison) -> str:
    name, plain = arm_name(comparison.regularised), arm_name(comparison.plain)
    question = (
        f"whether {name} is better than {plain}" if comparison.rivals else f"whether {name} helps"
    )
    if comparison.beat_dummy == ():
        return (
            f"it is open {question}: neither it nor {plain} is yet shown to predict new rows better "
            "than a constant"
        )
    return f"it is open {question}"


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
    if comparison.decision in ("helps", "hurts", "better", "worse"):
        ahead = comparison.decision in ("helps", "better")
        gains = (arm == comparison.regularised) == ahead
        effect = "widen the difference" if gains else "narrow the difference"
    return sentence_case(
        f"the loss of {arm_name(arm)} was still falling at the last of {protocol.epochs:,} epochs: "
        f"{_longer(comparison, protocol)} may {effect}"
    )


def _other_measure(comparison: Comparison, task: Task) -> str:
    """Return a sentence if accuracy is shown to contradict the log loss, otherwise ""."""
    score = comparison.score_change
    if score is None or not task.is_classification:
        return ""
    lost = comparison.decision in ("helps", "better") and score.high < 0
    won = comparison.decision in ("hurts", "worse") and score.low > 0
    if not (lost or won):
        return ""
    return (
        f"The two measures disagree: its accuracy is {100 * abs(score.mean):.1f} points "
        f"{'lower' if lost else 'higher'}."
    )


def epochs_found(epochs: int, rule: EpochsRule) -> str:
    """Return the number of epochs and where it is from, as a sentence."""
    networks = f"Networks train for {'1 epoch' if epochs == 1 else f'{epochs:,} epochs'}"
    match rule:
        case "given":
            return f"{networks}, as asked for."
        case "until level":
            return "Networks train until their losses are level."
        case "level":
            return f"{networks}: their validation losses are level there."
        case "epochs" | "steps" | "seconds":
            return (
                f"{networks}: their validation losses were still falling, but a longer search would "
                f"take too many {rule}; {option('epochs')} sets the number."
            )


def more_epochs(protocol: Protocol) -> int:
    """Return the number of epochs that is suggested if training ended too early."""
    return max(MORE_EPOCHS * protocol.epochs, ENOUGH_EPOCHS)


def power_words(comparison: Comparison, task: Task) -> str:
    """Return a sentence on the power of a comparison, or "" without an interval."""
    power = comparison.power
    if power is None or comparison.change is None or comparison.change.standard_error == 0:
        return ""
    return (
        f"With {comparison.n_splits} {comparison.unit}s a true change in {task.metric} of "
        f"{number(power.smallest_difference)} is found in {100 * power.probability:g} % of studies."
    )


def epoch_words(comparison: Comparison, task: Task) -> str:
    """Return the changes in validation loss at the last and best epochs, or ""."""
    epochs = comparison.epochs
    if epochs is None:
        return ""
    name, plain = arm_name(comparison.regularised), arm_name(comparison.plain)
    return sentence_case(
        f"change in validation loss from {plain} to {name}: at the last epochs "
        f"{_with_ends(epochs.last)}; at the best epochs {_with_ends(epochs.best)}: epoch "
        f"{epochs.plain_epoch:,} of {epochs.plain_epochs:,} for {plain}, "
        f"{epochs.regularised_epoch:,} of {epochs.regularised_epochs:,} for {name}"
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


def what_settles(comparison: Comparison, question: str = "it") -> str:
    """Return what would settle an open comparison: more splits or seeds, or more rows."""
    if comparison.unit == "seed":
        return _seeds_that_settle(comparison, question)
    power, seeds = comparison.power, comparison.seeds_to_settle
    if power is None or power.splits_to_settle is None or seeds is None:
        return f"this table cannot settle {question}, however it is split: more rows are needed"
    more = power.splits_to_settle - comparison.n_splits
    if more <= 0:
        return f"more splits may settle {question}: {again_with('seeds', seeds)}"
    splits = "split" if more == 1 else "splits"
    return f"about {more} more {splits} would settle {question}: {again_with('seeds', seeds)}"


def _seeds_that_settle(comparison: Comparison, question: str) -> str:
    """Return what would settle a comparison on one fixed test set."""
    if comparison.n_splits < comparison.fewest:
        return (
            f"{comparison.n_splits} seeds are too few for a claim, whatever they show: train "
            f"{comparison.fewest} of each"
        )
    if comparison.seeds_to_settle is not None:
        more = max(1, comparison.seeds_to_settle - comparison.n_splits)
        seeds = "seed" if more == 1 else "seeds"
        return f"about {more} more {seeds} of each would settle {question}"
    if comparison.sources:
        return f"no number of seeds settles {question} on this test set: more test rows are needed"
    return f"no number of seeds worth training would settle {question}"


def source_words(sources: Sequence[Source]) -> str:
    """Return the shares of the sources of variation in a sentence, or ""."""
    if not sources:
        return ""
    shares = listed([f"{source.name} {100 * source.share:.0f} %" for source in sources])
    return f"Of the variance of the change: {shares}."


def _underfits(comparison: Comparison, protocol: Protocol, evidence: str) -> str:
    name, plain = arm_name(comparison.regularised), arm_name(comparison.plain)
    so_far = f"{_standing(comparison)} ({evidence})"
    epochs = "1 epoch is" if protocol.epochs == 1 else f"{protocol.epochs:,} epochs are"
    if len(comparison.still_falling) == 2:
        why = f"its loss and that of {plain} were still falling at the end"
    else:
        why = f"whether a loss is level shows from {LEAST_EPOCHS} epochs on"
    return (
        f"{epochs} too few to judge {name}: {why}, and {so_far}, so try "
        f"{_longer(comparison, protocol)}"
    )


def _longer(comparison: Comparison, protocol: Protocol) -> str:
    """Return how to train longer: an option, or in words for another trainer."""
    epochs = more_epochs(protocol)
    return again_with("epochs", epochs) if comparison.unit == "split" else f"{epochs:,} epochs"


def _standing(comparison: Comparison) -> str:
    """Return the current direction of the change."""
    name, change = arm_name(comparison.regularised), comparison.change
    if change is not None and change.high < 0:
        return f"{name} is ahead so far"
    if change is not None and change.mean > 0:
        return f"{name} does not pay yet"
    return f"{name} is not clearly ahead"


def _with_ends(interval: Interval) -> str:
    return f"{mean_of(interval)} ({ends_of(interval)})"
