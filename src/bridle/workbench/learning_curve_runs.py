"""Runs of a learning curve: the arms of a study on smaller fractions of its training rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bridle.errors import InputError
from bridle.workbench.checks.base import Outcome
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.learning_shares import learning_shares
from bridle.workbench.study import Study
from bridle.workbench.study_runs import StudyRuns, say
from bridle.workbench.verdict.arm_words import listed
from bridle.workbench.verdict.learning_curve import AtSize, learning_curve
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["asked_shares", "say_cost", "with_learning_curve"]

_CONTROL = "permuted_target"
"""The arm that a learning curve leaves out: it checks the rows, whatever their number."""


def asked_shares(runs: StudyRuns, protocol: Protocol) -> tuple[float, ...]:
    """Return the fractions below 1 of a learning curve; none if it was not asked for.

    Raises
    ------
    InputError
        There are too few rows for several sizes.
    """
    if not protocol.learning_curve:
        return ()
    return learning_shares(runs.dataset, protocol)[:-1]


def say_cost(runs: StudyRuns, protocol: Protocol, shares: Sequence[float]) -> None:
    """Print the number of runs of a learning curve, before anything runs."""
    if not shares or runs.quiet:
        return
    seeds, arms = len(protocol.seeds), len(_without_control(runs).able)
    sizes = listed([f"{100 * share:.0f}" for share in shares])
    say(
        f"The learning curve trains every arm on {sizes} % of the training rows too: "
        f"{len(shares) * seeds * arms:,} runs after the {seeds * len(runs.able):,} of the study."
    )


def with_learning_curve(
    study: Study,
    runs: StudyRuns,
    shares: Sequence[float],
    checked: Outcome,
    run: Callable[[StudyRuns, Protocol], tuple[Record, ...]],
    with_epochs: Callable[[Protocol], Protocol],
) -> Study:
    """Return a study with its learning curve; unchanged if no sizes are given or the data are invalid.

    Each size is run and judged like a study of so many rows: on the same test rows, with the same
    training rows for all arms, and with a new search for the number of epochs unless it was given.

    Parameters
    ----------
    study : Study
        The study on all training rows.
    runs : StudyRuns
    shares : sequence of float
        The result of `asked_shares`, in ascending order.
    checked : Outcome
        Results of the checks of data and splits.
    run : callable
        Maps runs and a protocol to records.
    with_epochs : callable
        Maps a protocol to a protocol with a number of epochs.
    """
    if not shares or study.verdict.recommended is None or not study.verdict.comparisons:
        return study
    runs, whole = _without_control(runs), study.protocol
    found: list[AtSize] = []
    records: tuple[Record, ...] = ()
    left_out = []
    for share in shares:
        small = replace(whole, train_share=share)
        if whole.epochs_rule != "given":
            small = replace(small, epochs_rule="until level")
        if not runs.quiet:
            say(f"Learning curve: {100 * share:.0f} % of the training rows ...")
        try:
            small = with_epochs(small)
            of_size = run(runs, small)
        except InputError as error:
            left_out.append(f"{100 * share:.0f} % of the training rows: {error}")
            continue
        records += of_size
        judged = runs.judge(small, of_size, checked).verdict
        found.append(_at_size(of_size, judged))
    found.append(_at_size(study.records, study.verdict))
    curve = learning_curve(found, left_out)
    return replace(
        study, verdict=replace(study.verdict, learning_curve=curve), curve_records=records
    )


def _without_control(runs: StudyRuns) -> StudyRuns:
    return replace(runs, arms=tuple(arm for arm in runs.arms if arm.name != _CONTROL))


def _at_size(records: Sequence[Record], verdict: Verdict) -> AtSize:
    rows = round(float(np.mean([record.n_train for record in records])))
    risks = {arm.name: arm.test_risk for arm in verdict.arms}
    return AtSize(rows, verdict.epochs, verdict.comparisons, risks)
