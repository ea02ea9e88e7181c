"""The first screen of a study and the table of its arms, as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Mapping

from bridle.files.html_text import paragraph, table
from bridle.workbench.report.arm_table import arm_rows
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.answer import Answer
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["study_html"]

_LONGEST = 400


def study_html(answer: Answer, verdict: Verdict, task: Task, titles: Mapping[str, str]) -> str:
    """Return the first screen and the table of arms; all of it is escaped."""
    lines = (
        (line.name, line.change, line.interval, line.compared_with, line.word)
        for line in answer.lines
    )
    arms = (
        (
            f"{row.name} *" if row.recommended else row.name,
            row.title,
            row.test_risk,
            row.score,
            row.train_risk,
            row.seconds,
            row.failures,
        )
        for row in arm_rows(verdict, task, titles)
    )
    heads = ("arm", "what it is", f"test {task.metric}", task.score, "training", "seconds", "")
    texts = [answer.headline, answer.subject, answer.scores]
    if answer.look_at:
        texts.append(f"Look at: {'; '.join(answer.look_at)}")
    head, *rest = (paragraph(shorten(text, _LONGEST)) for text in texts if text)
    changes = table(("", *answer.heads, ""), lines) if answer.lines else ""
    return f"<strong>{head}</strong>{''.join(rest)}{changes}{table(heads, arms, '* recommended')}"
