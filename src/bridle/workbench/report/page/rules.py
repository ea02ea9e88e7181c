"""The protocol of a study in words."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.workbench.protocol import Protocol
from bridle.workbench.report.text import count
from bridle.workbench.task import Task
from bridle.workbench.verdict.wording import epochs_found

__all__ = ["percent", "rules", "seed_words"]


def rules(protocol: Protocol, task: Task, *, networks: bool) -> list[tuple[str, str]]:
    """Return the name of each rule and a sentence or two on it.

    Parameters
    ----------
    protocol : Protocol
    task : Task
    networks : bool
        Whether a network was trained, which has epochs.
    """
    return [
        ("Splits", _splits(protocol)),
        *([_networks(protocol)] if networks else []),
        (
            "Preparation",
            "Numbers are brought to mean 0 and standard deviation 1 by the training rows of a split: "
            "those of a table column by column, those of images and sequences channel by channel over "
            "all positions, so no pixel by itself.",
        ),
        (
            "Measures",
            f"{task.metric.capitalize()} (lower is better) decides; {task.score} is shown in "
            "addition. Training losses are computed without noise and penalty.",
        ),
        (
            "Intervals",
            f"{100 * protocol.confidence:g} % confidence intervals of the paired differences, "
            "corrected because splits share rows (Nadeau and Bengio, 2003). With several "
            "comparisons, levels are adjusted so that the probability of any false result does not "
            "increase (Holm, 1979).",
        ),
        (
            "Margin",
            f"A difference below {percent(protocol.margin_share)} of the {task.metric} of the "
            "dummy, a constant prediction, is too small to matter.",
        ),
    ]


def _networks(protocol: Protocol) -> tuple[str, str]:
    return (
        "Networks",
        f"{count(protocol.epochs)} epochs in batches of {count(protocol.batch_size)} rows; the "
        "arms of a comparison have the same initial weights and order of rows. "
        f"{_found(protocol)}".rstrip(),
    )


def _found(protocol: Protocol) -> str:
    given = protocol.epochs_rule == "given"
    return "" if given else epochs_found(protocol.epochs, protocol.epochs_rule)


def percent(share: float) -> str:
    """Return a fraction in per cent, with one decimal where it needs one."""
    return f"{round(100 * share, 1):g} %"


def seed_words(seeds: Sequence[int]) -> str:
    """Return the seeds, as a range if they are consecutive."""
    first, last = seeds[0], seeds[-1]
    if tuple(seeds) == tuple(range(first, last + 1)) and len(seeds) > 2:
        return f"{first} to {last}"
    return ", ".join(map(str, seeds))


def _splits(protocol: Protocol) -> str:
    splits = len({protocol.split_of(seed) for seed in protocol.seeds})
    runs = len(protocol.seeds) // splits
    averaged = (
        f" The {count(runs)} runs on a split are averaged and count as one split."
        if runs > 1
        else ""
    )
    return (
        f"{protocol.splits.words(protocol.test_share)}: {count(splits)} in all, the same for all "
        f"arms. A part of the other rows is used for validation and for the curves.{averaged}"
    )
