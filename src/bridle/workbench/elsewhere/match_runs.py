"""Matching of the runs of two arms, by seed if they name one, and by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.elsewhere.given_run import GivenRun
from bridle.workbench.evidence.results.fixed_test import FixedTest

__all__ = ["Matched", "match_runs"]


@dataclass(frozen=True, eq=False)
class Matched:
    """The results of two arms on the same rows.

    Attributes
    ----------
    results : FixedTest
    metric : str
        Name of the compared loss.
    notes : tuple of str
        Notes on the matching for the reader, without capital letter and full stop.
    """

    results: FixedTest
    metric: str
    notes: tuple[str, ...]


def match_runs(plain: Sequence[GivenRun], regularised: Sequence[GivenRun]) -> Matched:
    """Return the losses of both arms, seed by seed and row by row.

    Runs pair if all of them name their seed and at least two seeds are in both arms; runs of other
    seeds are then left out. Otherwise they are judged unpaired.

    Raises
    ------
    InputError
        The runs are of different kinds or on different rows, or one arm has a seed twice.
    """
    runs = [*plain, *regularised]
    _refuse_mixture(runs)
    shared, notes = _pairing(plain, regularised)
    if shared:
        plain, regularised = (
            [next(run for run in arm if run.seed == seed) for seed in shared]
            for arm in (plain, regularised)
        )
    first = plain[0]
    tables = [np.array([_ordered(seed, first) for seed in arm]) for arm in (plain, regularised)]
    if first.kind == "a log":
        tables = [table[:, 0] for table in tables]
    return Matched(
        FixedTest(
            (tables[0], tables[1]),
            paired=bool(shared),
            train=_known([run.train for run in plain], [run.train for run in regularised]),
            score=_known([run.score for run in plain], [run.score for run in regularised]),
        ),
        first.metric,
        tuple(notes),
    )


def _pairing(
    plain: Sequence[GivenRun], regularised: Sequence[GivenRun]
) -> tuple[list[int], list[str]]:
    """Return the common seeds, in order, and notes; no seed if the runs cannot be paired."""
    unpaired = "the runs are judged unpaired, which widens the interval"
    arms = [[run.seed for run in arm] for arm in (plain, regularised)]
    nameless = sum(seed is None for arm in arms for seed in arm)
    if nameless:
        total = len(arms[0]) + len(arms[1])
        return [], [
            f"{nameless} of {total} runs do not name their seed (a path such as seed3/metrics.csv "
            f"does), so {unpaired}"
        ]
    for arm in arms:
        twice = next((seed for seed in arm if arm.count(seed) > 1), None)
        if twice is not None:
            raise InputError(
                f"An arm must have one run for each seed. Received: seed {twice} more than once."
            )
    known = [{seed for seed in arm if seed is not None} for arm in arms]
    shared = sorted(known[0] & known[1])
    if len(shared) < 2:
        return [], [f"the arms share {len(shared) or 'no'} seed, so {unpaired}"]
    left = len(known[0] ^ known[1])
    runs = "1 run of a seed" if left == 1 else f"{left} runs of seeds"
    return shared, [f"{runs} that only one arm has left out"] if left else []


def _refuse_mixture(runs: Sequence[GivenRun]) -> None:
    first = runs[0]
    for run in runs:
        if (run.kind, run.metric) != (first.kind, first.metric):
            raise InputError(
                f"All runs must give the same measure. Received: {first.metric} ({first.kind}) in "
                f"{first.name}, {run.metric} ({run.kind}) in {run.name}."
            )
        if len(run.losses) != len(first.losses):
            raise InputError(
                f"All runs must be on the same test rows. Received: {len(first.losses):,} rows in "
                f"{first.name}, {len(run.losses):,} in {run.name}."
            )


def _ordered(run: GivenRun, first: GivenRun) -> Array:
    """Return the losses of a run in the order of the rows of the first run."""
    if (run.rows is None) != (first.rows is None):
        raise InputError(f"All runs must name their rows, or none. Received: {run.name} differs.")
    order = np.arange(len(run.losses))
    if run.rows is not None and first.rows is not None:
        mine, theirs = np.argsort(run.rows, kind="stable"), np.argsort(first.rows, kind="stable")
        if not np.array_equal(run.rows[mine], first.rows[theirs]):
            raise InputError(
                f"All runs must be on the same test rows. Received: other rows in {run.name} than in "
                f"{first.name}."
            )
        back = np.empty_like(theirs)
        back[theirs] = mine
        order = back
    own, others = run.targets, first.targets
    if own is not None and others is not None and not np.array_equal(own[order], others):
        raise InputError(
            "All runs must be on the same test rows, in the same order unless 'rows' name them. "
            f"Received: other targets in {run.name} than in {first.name}."
        )
    return run.losses[order]


def _known(
    plain: Sequence[float | None], regularised: Sequence[float | None]
) -> tuple[Array, Array] | None:
    first, second = ([seed for seed in arm if seed is not None] for arm in (plain, regularised))
    if len(first) < len(plain) or len(second) < len(regularised):
        return None
    return np.array(first), np.array(second)
