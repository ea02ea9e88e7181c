"""`judge_runs`: the verdict on runs that another trainer made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
from scipy.special import stdtrit

from bridle.arguments.option_words import of_another_command
from bridle.arguments.scalars import is_number, refuse
from bridle.errors import InputError
from bridle.workbench.elsewhere.given_run import GivenRun
from bridle.workbench.elsewhere.judgement import Judgement
from bridle.workbench.elsewhere.kept_rules import kept_rules
from bridle.workbench.elsewhere.match_runs import match_runs
from bridle.workbench.elsewhere.read_runs import At, read_runs
from bridle.workbench.elsewhere.words import (
    estimand_of,
    headline_of,
    remarks_of,
    scores_of,
    subject_of,
)
from bridle.workbench.evidence.curves.trend import LEAST_EPOCHS, has_fallen, late_fall
from bridle.workbench.evidence.measure import Evidence, measure
from bridle.workbench.evidence.results.fixed_test import FixedTest
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.verdict.decide import decide
from bridle.workbench.verdict.verdict import Verdict
from bridle.workbench.verdict.wording import clause, remark, sentence_case

__all__ = ["judge_runs"]


def judge_runs(
    baseline: Any,
    regularised: Any,
    *,
    names: Sequence[str] = ("baseline", "regularised"),
    validation: str | None = None,
    at: At = "last",
    margin: float = 0.02,
    confidence: float = 0.95,
) -> Judgement:
    """Judge whether regularised runs are better than plain ones, from the files of another trainer.

    The runs of both arms have the same training set and test set, and differ in their seeds. The change
    is the mean loss of the regularised runs minus that of the plain runs. With losses of single rows,
    its interval covers both sources of variation, seeds and rows. With a single number for each run, it
    covers seeds only, for these rows (`bridle.workbench.evidence.results.fixed_test`). Records of bridle
    are judged over random splits, as in their study.

    Parameters
    ----------
    baseline, regularised : path, or the content of such a file, or a list or mapping of them
        The runs of each arm: logs (Keras' history, ``CSVLogger``, Lightning's ``metrics.csv``, Hugging
        Face's ``trainer_state.json``, TensorBoard's event files, the ``.wandb`` file of an offline run
        of W&B, the folder of a run), results for each test row (``.npz``, ``.csv``, ``.parquet``,
        mappings of arrays or data frames with losses, or targets with predictions or logits), or a
        study of bridle. A mapping has the seeds as keys. Runs pair by seed, which is read from the
        mapping, a path such as ``seed3/metrics.csv``, or an array ``seeds``. If a run has no known
        seed, all runs are judged unpaired, by Welch's interval, with a note.
    names : pair of str
        Names of the two arms in the answer; in records of bridle, also the arms to compare.
    validation : str, optional
        Name of the validation loss in logs. Default: recognised by common words.
    at : {"last", "best"}
        Compare the last validation loss or the lowest, which is a little too low. Default "last".
    margin : float
        A change below this fraction of the plain arm's mean loss is too small to matter, in [0, 1).
        Default 0.02.
    confidence : float
        Level of the interval, in (0, 1). Default 0.95.

    Returns
    -------
    Judgement
        ``decision``, ``comparison``, ``verdict``, ``to_dict()``.

    Raises
    ------
    InputError
        A run cannot be read, runs have different rows or measures, or ``validation`` or ``at`` is
        given without logs.
    UnknownNameError
        A name is not in a log or in the records.
    MissingExtraError
        A file needs a package that is not installed, such as tensorboard.

    Examples
    --------
    >>> plain = {s: {"val_loss": [0.9, 0.62, 0.60 + s / 100, 0.61 + s / 100]} for s in range(5)}
    >>> dropout = {s: {"val_loss": [0.9, 0.55, 0.51 + s / 90, 0.51 + s / 90]} for s in range(5)}
    >>> print(judge_runs(plain, dropout, names=("baseline", "dropout")).decision)
    helps
    """
    _refuse_arguments(names, at, margin, confidence)
    plain, other = names
    given = [
        read_runs(given, arm, validation, at)
        for arm, given in zip(names, (baseline, regularised), strict=True)
    ]
    (runs, records), (other_runs, other_records) = given
    if bool(records) != bool(other_records):
        raise InputError(
            "Both arms must be of one kind. Received: records of bridle, and runs of another trainer."
        )
    if not any(run.log for run in (*runs, *other_runs)):
        _refuse_of_logs(validation, at)
    if records:
        rules = kept_rules(baseline, regularised)
        return _of_records(records, other_records, rules, margin, confidence)
    epochs = max((len(run.log.val_loss) for run in (*runs, *other_runs) if run.log), default=1)
    protocol = Protocol(epochs=epochs, margin_share=margin, confidence=confidence)
    failure = _failure(plain, runs) or _failure(other, other_runs)
    kept = [[run for run in arm if not run.failed] for arm in (runs, other_runs)]
    if not all(kept):
        raise InputError(f"No run can be compared: {failure}.")
    matched = match_runs(*kept)
    results = matched.results
    level = abs(results.means(0)[0])
    evidence = Evidence(
        plain,
        other,
        results,
        level,
        still_falling=tuple(
            arm for arm, done in zip(names, kept, strict=True) if _falls(done, level, protocol)
        ),
        too_short=tuple(arm for arm, done in zip(names, kept, strict=True) if _too_short(done)),
        failures=failure or _too_few(results, names),
    )
    return _judgement(
        evidence, protocol, matched.metric, matched.notes, subject_of(runs, other_runs)
    )


def _of_records(
    records: Sequence[Record],
    others: Sequence[Record],
    rules: Protocol | None,
    margin: float,
    confidence: float,
) -> Judgement:
    """Return the verdict on records of bridle; without rules, each seed is a random split."""
    notes = () if rules else ("each seed counts as a random split of its own",)
    if rules is None:
        seeds = tuple(sorted({record.seed for record in (*records, *others)}))
        two = seeds if len(seeds) > 1 else (*seeds, max(seeds) + 1)
        curves = [record.curves for record in (*records, *others) if record.curves]
        epochs = max((len(one.val_loss) for one in curves), default=1)
        rules = Protocol(seeds=two, epochs=epochs)
    protocol = replace(rules, margin_share=margin, confidence=confidence)
    measured = measure(records, others, protocol, Task("regression"), None)
    subject = f"{len(records)} and {len(others)} records of bridle"
    with of_another_command():
        return _judgement(measured, protocol, "test loss", notes, subject)


def _judgement(
    evidence: Evidence, protocol: Protocol, metric: str, notes: Sequence[str], subject: str
) -> Judgement:
    task = Task("regression", measure=metric)
    found = decide(evidence, protocol)
    said = (
        f"{sentence_case(clause(found, protocol, task))} {remark(found, protocol, task)}".rstrip()
    )
    comparison = replace(found, sentence=said)
    verdict = Verdict(
        decision=comparison.decision,
        headline=headline_of(comparison, task),
        scores=scores_of(evidence, task),
        recommended=evidence.regularised if comparison.decision == "helps" else None,
        estimand=estimand_of(evidence, task),
        comparisons=(comparison,),
        arms=(),
        epochs=protocol.epochs,
        remarks=remarks_of(evidence, comparison, notes),
    )
    return Judgement(verdict, protocol, task, subject)


def _refuse_arguments(names: Sequence[str], at: str, margin: float, confidence: float) -> None:
    if isinstance(names, str) or len(names) != 2 or len(set(names)) < 2 or not all(names):
        refuse("names", "two different names, of the plain and of the regularised arm", names)
    if at not in get_args(At):
        refuse("at", "'last' or 'best'", at)
    if not is_number(margin) or not 0 <= margin < 1:
        refuse("margin", "in [0, 1)", margin)
    if not is_number(confidence) or not 0 < confidence < 1:
        refuse("confidence", "strictly between 0 and 1", confidence)


def _refuse_of_logs(validation: str | None, at: At) -> None:
    """Refuse what chooses among the losses of logs."""
    for name, value in {"validation": validation, "at": None if at == "last" else at}.items():
        if value is not None:
            raise InputError(
                f"{name} must be left out if no run is a log, which alone has losses by epoch. "
                f"Received: {name}={value!r}."
            )


def _failure(arm: str, runs: Sequence[GivenRun]) -> str:
    failed = [run for run in runs if run.failed]
    if not failed:
        return ""
    some = f"{len(failed)} of" if len(failed) < len(runs) else "all"
    return (
        f"{some} {len(runs)} runs of {arm} failed, the first in {failed[0].name} (a loss is not "
        "finite)"
    )


def _too_few(results: FixedTest, names: Sequence[str]) -> str:
    if results.count >= 2:
        return ""
    few = names[int(len(results.test[0]) >= 2)]
    return (
        f"{few} has a single run, but two or more show how much runs differ by their seed: train "
        f"{results.fewest} of each"
    )


def _falls(runs: Sequence[GivenRun], level: float, protocol: Protocol) -> bool:
    """Return whether the validation losses of most logs were still falling at their end."""
    curves = [run.log.val_loss for run in runs if run.log and len(run.log.val_loss) >= LEAST_EPOCHS]
    if len(curves) < 2:
        return False
    falls, reached = np.array([late_fall(curve.tolist()) for curve in curves]).T
    reach = stdtrit(len(falls) - 1, (1 + protocol.confidence) / 2) / np.sqrt(len(falls))
    steady = falls.mean() - reach * falls.std(ddof=1) > 0
    return bool(steady) and has_fallen(float(falls.mean()), float(reached.mean()), level, protocol)


def _too_short(runs: Sequence[GivenRun]) -> bool:
    """Return whether logs by epoch are too short for a trend; a log with one validation has none."""
    longest = max((len(run.log.val_loss) for run in runs if run.log), default=0)
    return 1 < longest < LEAST_EPOCHS
