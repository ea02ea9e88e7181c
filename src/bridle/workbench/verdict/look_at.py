"""Hints beside the answer: open questions and findings of the checks, in brief."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bridle.arguments.option_words import again_with
from bridle.workbench.finding import Finding
from bridle.workbench.protocol import Protocol
from bridle.workbench.verdict.arm_words import arm_name, listed
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.verdict import Verdict
from bridle.workbench.verdict.wording import more_epochs, what_settles

__all__ = ["briefs", "look_at"]

_MOST = 4

_BRIEFS = {
    "BR101": ("a column of identifiers was left out", "{n} columns of identifiers were left out"),
    "BR102": ("a constant column was left out", "{n} constant columns were left out"),
    "BR103": ("a column has missing values", "{n} columns have missing values"),
    "BR104": ("a class is rare", "{n} classes are rare"),
    "BR105": ("there are few rows", "there are few rows"),
    "BR106": (
        "the elastic net chose the weakest penalty that it tried",
        "the elastic net chose the weakest penalty that it tried",
    ),
    "BR107": ("a linear model did not converge", "{n} linear models did not converge"),
    "BR108": ("check how a column was read", "check how {n} columns were read"),
    "BR109": (
        "a number may stand for a missing value",
        "in {n} columns a number may stand for a missing value",
    ),
    "BR110": ("a column may give the target away", "{n} columns may give the target away"),
    "BR111": ("the predictions are almost too good to be true",) * 2,
    "BR112": ("a linear model has no single solution", "{n} linear models have no single solution"),
    "BR113": (
        "a linear model separates the classes, so its probabilities are extreme",
        "{n} linear models separate the classes, so their probabilities are extreme",
    ),
    "BR114": ("the rows seem to form groups",) * 2,
    "BR115": ("the order of the rows matters",) * 2,
    "BR117": ("some rows are blank",) * 2,
    "BR118": ("a class is not tested in some splits", "{n} classes are not tested in some splits"),
    "BR119": ("rows were drawn from a larger table; {all_rows} takes all of them",) * 2,
    "BR201": ("a column gives the target away", "{n} columns give the target away"),
    "BR202": ("test rows are also training rows",) * 2,
    "BR203": ("the rows are sorted by the target",) * 2,
    "BR204": ("groups have both training and test rows",) * 2,
    "BR205": ("a model of a shuffled target predicts better than a constant",) * 2,
    "BR206": ("test rows nearly equal training rows",) * 2,
}
"""A finding in a few words, and several of its kind."""


def look_at(verdict: Verdict, protocol: Protocol, rest: str = "in the report") -> tuple[str, ...]:
    """Return phrases: open questions, remarks, findings by kind, and arms that did not run.

    Only the first few; the last one says how many more there are, and where: ``rest``.
    """
    phrases = [
        *_open_questions(verdict.comparisons, protocol),
        *verdict.remarks,
        *briefs([check for check in verdict.checks if check.severity in ("invalid", "warning")]),
        *_not_run(verdict.checks),
        *(f"{name} did not run ({why.rstrip('.')})" for name, why in verdict.skipped.items()),
    ]
    if len(phrases) <= _MOST:
        return tuple(phrases)
    return (*phrases[: _MOST - 1], f"{len(phrases) - _MOST + 1} more {rest}")


def briefs(findings: Sequence[Finding]) -> list[str]:
    """Return a phrase for each kind of finding, in the order of the first of each."""
    codes = [finding.code for finding in findings]
    ordered = sorted(findings, key=lambda finding: codes.index(finding.code))
    return [
        _brief(code, list(kind))
        for code, kind in groupby(ordered, key=lambda finding: finding.code)
    ]


def _brief(code: str, kind: Sequence[Finding]) -> str:
    number, _, name = code.partition(" ")
    single = many = name.replace("-", " ")
    if number in _BRIEFS:
        blanks = {"n": len(kind), "all_rows": again_with("rows", "all")}
        single, many = (text.format(**blanks) for text in _BRIEFS[number])
    if len(kind) > 1:
        return many
    column = kind[0].column
    return single if column is None else f"{single} ({column!r})"


def _open_questions(comparisons: Sequence[Comparison], protocol: Protocol) -> list[str]:
    short = [
        arm_name(comparison.regularised)
        for comparison in comparisons
        if comparison.decision == "underfits"
    ]
    found = []
    if short:
        epochs = more_epochs(protocol)
        own = comparisons[0].unit == "split"
        longer = again_with("epochs", epochs) if own else f"{epochs:,} epochs"
        found.append(f"the networks need longer training: {longer}")
    pairs = [comparison for comparison in comparisons if not comparison.rivals]
    still_open = [pair for pair in pairs if pair.decision == "inconclusive"]
    for remedy in dict.fromkeys(map(what_settles, still_open)):
        alike = [pair for pair in still_open if what_settles(pair) == remedy]
        helps = "helps" if len(alike) == 1 else "help"
        arms = listed([arm_name(pair.regularised) for pair in alike])
        found.append(what_settles(alike[0], f"whether {arms} {helps}"))
    found += [pair.reason for pair in pairs if pair.decision == "invalid" and pair.reason]
    return list(dict.fromkeys(found))


def _not_run(findings: Sequence[Finding]) -> list[str]:
    failed = [finding for finding in findings if finding.severity == "not run"]
    if not failed:
        return []
    return [f"{len(failed)} {'check' if len(failed) == 1 else 'checks'} could not be run"]
