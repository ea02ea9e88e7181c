"""`Verdict`: the result of an experiment, computed from its records by rules fixed before it ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby, pairwise
from typing import Any, Literal

import numpy as np

from bridle.errors import InputError
from bridle.files.html_text import paragraph, table
from bridle.files.pickled import Pickled
from bridle.workbench.arm.names import place_of
from bridle.workbench.checks.acceptance import accept_findings, short_name
from bridle.workbench.checks.base import run_checks
from bridle.workbench.checks.causes import ranked
from bridle.workbench.checks.records.catalogue import RECORD_CHECKS
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.evidence.against_dummy import DUMMY, beats_dummy
from bridle.workbench.evidence.arm_summary import ArmSummary, summarise
from bridle.workbench.evidence.best_network import best_network
from bridle.workbench.evidence.measure import measure_pairs
from bridle.workbench.evidence.results.pairs import mean_risk, succeeded
from bridle.workbench.finding import Finding
from bridle.workbench.protocol import EpochsRule, Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.comparison import Comparison, Decision
from bridle.workbench.verdict.decide import decide_all
from bridle.workbench.verdict.headline import effects, no_verdict, nothing_compared, too_early
from bridle.workbench.verdict.learning_curve import LearningCurve
from bridle.workbench.verdict.recommendation import NOTHING_LEARNT, Recommendation, recommend
from bridle.workbench.verdict.score_words import score_words
from bridle.workbench.verdict.signed import ends_of, mean_of
from bridle.workbench.verdict.wording import clause, remark, sentence_case

__all__ = ["VERDICT_SCHEMA", "ArmSummary", "Comparison", "Verdict", "judge"]

VERDICT_SCHEMA = "urn:bridle:verdict:1.0"
"""Identifies the fields of a verdict and their version (`bridle.json_schema`)."""


@dataclass(frozen=True)
class Verdict(Pickled):
    """The result of an experiment.

    Attributes
    ----------
    decision : str
        The decision of the first comparison; if nothing was learnt there, of the first in which
        something was. Without a comparison: "invalid" if a check found the data invalid or no run
        has a result, otherwise "no comparison".
    headline : str
        Which model to use, and what regularisation did, in plain words.
    scores : str
        How good that model and its rivals are on new rows, in one sentence; empty if not known.
    recommended : str or None
        Name of the arm to use; None if a check found the data invalid, every arm failed, or networks
        were trained too short and no model predicts better than a constant yet.
    estimand : str
        A description of the estimated quantity.
    comparisons : tuple of Comparison
        Those of a plain arm and a regularised one (`pairs_of`), then those of rivals (`rivals_of`).
    epochs, epochs_rule : int and str
        Epochs of the networks, and where their number is from (`Protocol`).
    arms : tuple of ArmSummary
        Summaries of the arms, the simplest first.
    remarks : tuple of str
        What the reader should know about the recommended arm, without capital letter and full stop.
    checks : tuple of Finding
        Findings of the checks, the most serious cause first.
    skipped : dict of str to str
        Arms that did not run, with the reason.
    not_applicable : dict of str to str
        Codes of the checks that had nothing to look at, with the reason.
    learning_curve : LearningCurve or None
        The comparisons at smaller numbers of training rows, if they were asked for.
    """

    decision: Decision | Literal["no comparison"]
    headline: str
    scores: str
    recommended: str | None
    estimand: str
    comparisons: tuple[Comparison, ...]
    arms: tuple[ArmSummary, ...]
    epochs: int = 15
    epochs_rule: EpochsRule = "given"
    remarks: tuple[str, ...] = ()
    checks: tuple[Finding, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    learning_curve: LearningCurve | None = None

    @property
    def exit_code(self) -> int:
        """Exit code of the command line: 1 if the verdict is invalid, otherwise 0."""
        decisions = {self.decision, *(comparison.decision for comparison in self.comparisons)}
        return 1 if "invalid" in decisions else 0

    def _repr_html_(self) -> str:
        """Return the headline and a table of the comparisons, for notebooks."""
        rows = (
            (
                arm_label(comparison.regularised),
                "–" if comparison.change is None else mean_of(comparison.change),
                "–" if comparison.change is None else ends_of(comparison.change),
                arm_label(comparison.plain),
                comparison.decision,
            )
            for comparison in self.comparisons
        )
        heads = ("", "change in test loss", "interval", "compared with", "decision")
        changes = table(heads, rows) if self.comparisons else ""
        return "".join(paragraph(text) for text in (self.headline, self.scores) if text) + changes

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers, ready for JSON."""
        return {"schema": VERDICT_SCHEMA, **asdict(self)}


def judge(
    records: Sequence[Record],
    protocol: Protocol,
    task: Task,
    findings: Sequence[Finding] = (),
    skipped: Mapping[str, str] | None = None,
    not_applicable: Mapping[str, str] | None = None,
) -> Verdict:
    """Return the verdict on an experiment, based only on its records.

    This is a pure function: the same records in any order give the same verdict. `decide` holds the
    rules of a decision, `recommend` those of the arm to use. The checks of the records
    (`bridle.workbench.checks.records`) run here.

    Parameters
    ----------
    records : sequence of Record
        At least one record, and one for each arm and seed.
    protocol : Protocol
    task : Task
    findings : sequence of Finding, default=()
        Findings of the checks; an invalid one makes every comparison invalid.
    skipped : mapping of str to str, default=None
        Arms that did not run, with the reason.
    not_applicable : mapping of str to str, default=None
        Codes of the checks that had nothing to look at, with the reason.

    Raises
    ------
    InputError
        There is no record, or there are two for the same arm and seed.
    """
    by_arm = _by_arm(records)
    skipped = dict(skipped or {})
    dummy_risk = mean_risk(by_arm.get(DUMMY, ()))
    margin = protocol.margin_share * (dummy_risk or 0.0)
    checked = run_checks(RECORD_CHECKS, RecordView(by_arm, protocol, margin))
    findings = ranked(accept_findings((*findings, *checked.findings), protocol.accept))
    invalid = [finding for finding in findings if finding.severity == "invalid"]
    compared = {**by_arm, **best_network(by_arm, protocol)}
    better = beats_dummy(compared, protocol, task)
    evidence = measure_pairs(compared, protocol, task, dummy_risk, better)
    comparisons = tuple(
        _worded(measured, protocol, task)
        for measured in decide_all(evidence, protocol, _objection(invalid))
    )
    arms = tuple(summarise(name, runs, dummy_risk, protocol) for name, runs in by_arm.items())
    told = _most_telling_first([comparison for comparison in comparisons if not comparison.rivals])
    unsettled = better == frozenset() or any(
        comparison.decision == "underfits" for comparison in comparisons
    )
    if invalid:
        advice = Recommendation(None, no_verdict(invalid))
    elif (
        told and all(comparison.decision == "nothing learnt" for comparison in told) and not better
    ):
        advice = NOTHING_LEARNT
    else:
        advice = recommend(by_arm, protocol, task, unsettled=unsettled)
    early = too_early(by_arm, comparisons, protocol) if advice.arm == DUMMY else ""
    if early:
        advice = Recommendation(None, early)
    if invalid or early or advice.arm == DUMMY:
        effect = ""
    else:
        rivals = bool(comparisons)
        effect = effects(told, advice.arm) if told else nothing_compared(skipped, rivals=rivals)
    return Verdict(
        decision=_decision(by_arm, told, objection=bool(invalid)),
        headline=" ".join(filter(None, [advice.sentence, effect])),
        scores=score_words(compared, advice.arm, task),
        recommended=advice.arm,
        estimand=_estimand(records, task),
        comparisons=comparisons,
        arms=arms,
        epochs=protocol.epochs,
        epochs_rule=protocol.epochs_rule,
        remarks=tuple(filter(None, [*advice.remarks, _accepted(findings)])),
        checks=findings,
        skipped=skipped,
        not_applicable={**(not_applicable or {}), **checked.not_applicable},
    )


def _most_telling_first(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Return the comparisons; if the first learnt nothing, the first that did comes in front."""
    if not comparisons or comparisons[0].decision != "nothing learnt":
        return tuple(comparisons)
    silent = ("nothing learnt", "invalid")
    first = next(
        (comparison for comparison in comparisons if comparison.decision not in silent),
        comparisons[0],
    )
    return first, *(comparison for comparison in comparisons if comparison is not first)


def _decision(
    by_arm: Mapping[str, Sequence[Record]], comparisons: Sequence[Comparison], *, objection: bool
) -> Decision | Literal["no comparison"]:
    if comparisons:
        return comparisons[0].decision
    succeeding = any(succeeded(run) for runs in by_arm.values() for run in runs)
    return "no comparison" if succeeding and not objection else "invalid"


def _by_arm(records: Sequence[Record]) -> dict[str, tuple[Record, ...]]:
    """Return the records by arm, the simplest first, and by seed."""
    if not records:
        raise InputError("There are no records to judge; run at least one arm.")

    places = {name: (place_of(name), name) for name in {record.arm for record in records}}
    ordered = sorted(records, key=lambda record: (places[record.arm], record.seed))
    for summary, following in pairwise(ordered):
        if (summary.arm, summary.seed) == (following.arm, following.seed):
            raise InputError(
                f"There are two records of arm {summary.arm!r} at seed {summary.seed}; keep one of them."
            )
    return {arm: tuple(runs) for arm, runs in groupby(ordered, key=lambda record: record.arm)}


def _objection(invalid: Sequence[Finding]) -> str:
    """Return the objection of the checks to the whole experiment, empty if there is none."""
    if not invalid:
        return ""
    more = f", and {len(invalid) - 1} more" if len(invalid) > 1 else ""
    return f"{invalid[0].message.rstrip('.')}{more}. {sentence_case(invalid[0].remedy)}".rstrip(".")


def _accepted(findings: Sequence[Finding]) -> str:
    names = [short_name(finding) for finding in findings if finding.severity == "accepted"]
    return f"accepted as meant: {', '.join(names)}" if names else ""


def _worded(comparison: Comparison, protocol: Protocol, task: Task) -> Comparison:
    finding = sentence_case(clause(comparison, protocol, task))
    return replace(comparison, sentence=f"{finding} {remark(comparison, protocol, task)}".rstrip())


def _estimand(records: Sequence[Record], task: Task) -> str:
    train, validation, test = (
        round(float(np.mean([getattr(record, part) for record in records])))
        for part in ("n_train", "n_validation", "n_test")
    )
    return (
        f"The expected change in {task.metric} on new rows from the plain to the regularised model, "
        f"both trained on {train:,} rows: what holds at this training size, over "
        f"splits of this table ({train:,} training, {validation:,} validation and {test:,} test rows), "
        "initialisations and data orders. Another number of rows may decide otherwise."
    )
