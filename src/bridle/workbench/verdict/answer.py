"""`Answer`: the first screen of a verdict, as data for the terminal, the page and `print`.

It says what to use, how good that is, what each regulariser changed, what to do next and what to look
at. All else is evidence and comes after.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridle.workbench.evidence.against_dummy import DUMMY
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.comparison import Comparison, Decision
from bridle.workbench.verdict.learning_curve import LearningCurve
from bridle.workbench.verdict.look_at import look_at
from bridle.workbench.verdict.signed import ends_of, mean_of
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["Answer", "ChangeLine", "answer_of", "decision_word"]

_UNKNOWN = "–"


@dataclass(frozen=True)
class ChangeLine:
    """A line of the table of changes.

    Attributes
    ----------
    name, compared_with : str
        Labels of the arms, for instance "elastic net" and "linear model".
    change, interval : str
        The change in risk from the second to the first, below 0 if the first is better, and the
        ends of its interval; a dash if unknown.
    word : str
        The decision in plain words.
    decision : str
        The decision, one of `bridle.workbench.verdict.comparison.Decision`.
    """

    name: str
    compared_with: str
    change: str
    interval: str
    word: str
    decision: str


@dataclass(frozen=True)
class Answer:
    """The first screen of a verdict.

    Attributes
    ----------
    headline : str
        Which model to use, in a plain sentence.
    subject : str
        Data, rows and target: "churn.csv, 1,200 rows, predicting churned".
    scores : str
        How good that model and its rivals are; empty if not known.
    heads : tuple of str
        Heads of the table, for the change, its interval and the arm it is compared with.
    lines : tuple of ChangeLine
        The table.
    next_step : str
        A command, or what to do; empty if there is nothing.
    look_at : tuple of str
        Phrases that deserve a look, the most serious first.
    decision : str
        The decision of the verdict.
    learning_curve : LearningCurve or None
        The comparisons at smaller numbers of training rows.
    """

    headline: str
    subject: str
    scores: str
    heads: tuple[str, str, str]
    lines: tuple[ChangeLine, ...]
    next_step: str
    look_at: tuple[str, ...]
    decision: str
    learning_curve: LearningCurve | None = None


def answer_of(
    verdict: Verdict,
    protocol: Protocol,
    task: Task,
    *,
    subject: str,
    following: str | None = None,
    report: str | None = None,
    rest: str = "in the report",
) -> Answer:
    """Return the first screen of a verdict.

    Parameters
    ----------
    verdict : Verdict
    protocol : Protocol
    task : Task
    subject : str
        Data, rows and target in a few words.
    following : str, optional
        The command that uses the recommended model.
    report : str, optional
        Path of the page with the evidence.
    rest : str
        Names the place of the findings that do not fit the first screen.
    """
    seen = look_at(verdict, protocol, rest)
    return Answer(
        headline=verdict.headline,
        subject=subject,
        scores=verdict.scores,
        heads=(
            f"change in {task.metric}",
            f"{100 * protocol.confidence:g} % interval",
            "compared with",
        ),
        lines=tuple(map(_line, _recommended_first(verdict))),
        next_step=following or _next_step(verdict),
        look_at=seen if report is None else (*seen, f"the evidence in {report}"),
        decision=verdict.decision,
        learning_curve=verdict.learning_curve,
    )


def _recommended_first(verdict: Verdict) -> list[Comparison]:
    """Return the comparisons, those of the recommended arm in front."""
    return sorted(
        verdict.comparisons,
        key=lambda comparison: comparison.rivals or comparison.regularised != verdict.recommended,
    )


def _line(comparison: Comparison) -> ChangeLine:
    change = comparison.change
    return ChangeLine(
        name=arm_label(comparison.regularised),
        compared_with=arm_label(comparison.plain),
        change=_UNKNOWN if change is None else mean_of(change),
        interval=_UNKNOWN if change is None else ends_of(change),
        word=decision_word(comparison.decision, negligible=comparison.negligible),
        decision=comparison.decision,
    )


def decision_word(decision: Decision, *, negligible: bool) -> str:
    """Return a decision in the plain words of a table."""
    little = " a little" if negligible else ""
    match decision:
        case "benign gap":
            return "no difference"
        case "helps" | "hurts":
            return f"{decision}{little}"
        case "better" | "worse":
            return f"{'a little ' if little else ''}{decision}"
        case "underfits":
            return "trained too short"
        case _:
            return decision


def _next_step(verdict: Verdict) -> str:
    invalid = [check for check in verdict.checks if check.severity == "invalid"]
    if invalid:
        return invalid[0].remedy
    if verdict.recommended == DUMMY:
        return "look for other features, or collect more rows"
    return ""
