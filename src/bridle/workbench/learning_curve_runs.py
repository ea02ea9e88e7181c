"""Runs of a learning curve: the arms of a study on smaller shares of its training rows."""

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
"""The arm that a learning curve leaves out: it controls the rows, not their number."""


def asked_shares(runs: StudyRuns, protocol: Protocol) -> tuple[float, ...]:
    """Return the shares of a learning curve below 1; none if it is not asked for.

    Raises
    ------
    InputError
        There are too few rows for several sizes.
    """
    if not protocol.learning_curve:
        return ()
    return learning_shares(runs.dataset, protocol)[:-1]


def say_cost(runs: StudyRuns, protocol: Protocol, shares: Sequence[float]) -> None:
    """Say how many runs a learning curve takes, before anything runs."""
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
    """Return a study with its learning curve; as it is, without shares or if the data are invalid.

    Each size is run and judged as a study of so many rows would be: with splits into the same test
    rows, all arms on the same training rows, and epochs that are found anew unless they were given.

    Parameters
    ----------
    study : Study
        The study on all training rows.
    runs : StudyRuns
    shares : sequence of float
        What `asked_shares` returned, from the smallest up.
    checked : Outcome
        Results of the checks of data and splits.
    run : callable
        From runs and a protocol to records.
    with_epochs : callable
        From a protocol to one with a number of epochs.
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
