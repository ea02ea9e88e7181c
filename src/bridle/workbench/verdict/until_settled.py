"""Splits until the question is settled: repeated looks at a growing study, with controlled error.

A study that stops as soon as an interval excludes 0 would find a difference in almost anything, if
it were judged after every split at 95 %. Here the looks are fixed before anything runs: the number
of splits doubles from look to look, to at most `MOST_SPLITS`. Each of K looks judges at level
1 - alpha / K, so that by Bonferroni's inequality all of its intervals together hold with a
probability of 1 - alpha, whichever look the study stops at, and however strongly the looks depend on
one another. A study may stop earlier because no number of splits would settle it; that adds no error.

Source: Lan and DeMets 1983, "Discrete sequential boundaries for clinical trials", Biometrika 70
(error spent over looks), here spent in equal parts and without their joint distribution.
"""

from __future__ import annotations

from dataclasses import replace

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.workbench.evidence.intervals.power import MOST_SPLITS
from bridle.workbench.protocol import Protocol
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["MOST_SPLITS", "is_settled", "more_seeds", "with_looks"]


def with_looks(protocol: Protocol) -> Protocol:
    """Return the protocol with the number of looks that its splits allow.

    Raises
    ------
    InputError
        The splits are fixed, or there are too many of them to be doubled.
    """
    if not protocol.splits.is_random:
        raise InputError(
            f"{option('until_settled')} needs splits that can become more; those in time, and those of "
            "a splitter that are the same each time, cannot. Leave it out."
        )
    splits = len({protocol.split_of(seed) for seed in protocol.seeds})
    if protocol.seeds != tuple(range(len(protocol.seeds))):
        raise InputError(
            f"seeds must be a number with {option('until_settled')}, which adds the next ones. "
            f"Received: seeds={list(protocol.seeds)}."
        )
    looks = 1
    while splits * 2**looks <= MOST_SPLITS:
        looks += 1
    if looks == 1:
        raise InputError(
            f"{option('until_settled')} doubles the splits to at most {MOST_SPLITS}. Received: "
            f"{splits} splits to begin with. Begin with fewer seeds."
        )
    return replace(protocol, looks=looks)


def more_seeds(protocol: Protocol) -> tuple[int, ...]:
    """Return the seeds that double a study; none after the last look."""
    splits = len({protocol.split_of(seed) for seed in protocol.seeds})
    count = len(protocol.seeds)
    return tuple(range(count, 2 * count)) if splits * 2 <= MOST_SPLITS else ()


def is_settled(verdict: Verdict) -> bool:
    """Return whether no further split would settle a regulariser's comparison.

    Comparisons that are open, but need more rows than splits, do not go on by themselves.
    """
    return not any(
        comparison.decision == "inconclusive" and comparison.seeds_to_settle is not None
        for comparison in verdict.comparisons
        if not comparison.rivals
    )
