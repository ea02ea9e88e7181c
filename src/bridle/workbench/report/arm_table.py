"""The table of arms as text, for the terminal and the HTML page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridle.workbench.evidence.arm_summary import ArmSummary
from bridle.workbench.report.text import UNKNOWN, shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.verdict import Verdict
from bridle.workbench.verdict.wording import number

__all__ = ["ArmRow", "arm_rows"]


@dataclass(frozen=True)
class ArmRow:
    """The row of an arm, formatted.

    Attributes
    ----------
    name, title : str
        Name and description of the arm.
    test_risk, train_risk, score, overfitting_rate, seconds : str
        Formatted numbers, with units if needed; a dash if unknown.
    recommended : bool
        Whether the verdict recommends the arm.
    failures : str
        For instance ``"2 of 10 runs failed"``; empty if none did.
    """

    name: str
    title: str
    test_risk: str
    train_risk: str
    score: str
    overfitting_rate: str
    seconds: str
    recommended: bool
    failures: str


def arm_rows(verdict: Verdict, task: Task, titles: Mapping[str, str]) -> list[ArmRow]:
    """Return one row per arm, in the order of the verdict.

    Parameters
    ----------
    verdict : Verdict
        The verdict with its arms.
    task : Task
        Determines whether the score is accuracy, shown in per cent, or R2.
    titles : mapping of str to str
        Descriptions of arms by name; may be incomplete.
    """
    risk = _risk_format(verdict)
    return [
        ArmRow(
            name=shorten(arm.name, 24),
            title=shorten(titles.get(arm.name, ""), 60),
            test_risk=_with_spread(arm, risk),
            train_risk=risk(arm.train_risk),
            score=_score(arm.score, task),
            overfitting_rate=_rate(arm.overfitting_rate),
            seconds=_seconds(arm.seconds),
            recommended=arm.name == verdict.recommended,
            failures=f"{arm.failures} of {arm.runs} runs failed" if arm.failures else "",
        )
        for arm in verdict.arms
    ]


def _risk_format(verdict: Verdict) -> Callable[[float | None], str]:
    """Return a format with equal decimals in all rows: three digits of the lowest risk."""
    risks = [arm.test_risk for arm in verdict.arms if arm.test_risk and arm.test_risk > 0]
    readable = [risk for risk in risks if 1e-4 <= risk < 1e6]
    common = len(readable) == len(risks) and readable
    decimals = max(0, 2 - math.floor(math.log10(min(readable)))) if common else None

    def show(risk: float | None) -> str:
        if risk is None or not math.isfinite(risk):
            return UNKNOWN
        return number(risk) if decimals is None else f"{risk:,.{decimals}f}"

    return show


def _with_spread(arm: ArmSummary, risk: Callable[[float | None], str]) -> str:
    shown = risk(arm.test_risk)
    spread = risk(arm.test_risk_sd)
    return shown if UNKNOWN in (shown, spread) else f"{shown} ± {spread}"


def _score(score: float | None, task: Task) -> str:
    if score is None or not math.isfinite(score):
        return UNKNOWN
    return f"{100 * score:.1f} %" if task.is_classification else number(score)


def _rate(rate: float | None) -> str:
    return UNKNOWN if rate is None or not math.isfinite(rate) else f"{round(rate, 2) + 0.0:.2f}"


def _seconds(seconds: float) -> str:
    if not math.isfinite(seconds):
        return UNKNOWN
    return "< 0.01" if seconds < 0.01 else number(float(f"{seconds:.2g}"))
