"""The result in a terminal: the answer first, then, if wanted, the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Literal

from rich.box import ASCII, SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bridle.workbench.report.arm_table import ArmRow, arm_rows
from bridle.workbench.report.tables.learning_curve import curve_rows
from bridle.workbench.report.text import printable, shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.answer import Answer
from bridle.workbench.verdict.learning_curve import LearningCurve
from bridle.workbench.verdict.verdict import Verdict
from bridle.workbench.verdict.wording import epoch_words, epochs_found, power_words

__all__ = ["answer_text", "render_answer", "render_details"]

_STYLES = {
    "helps": "green",
    "better": "green",
    "hurts": "red",
    "worse": "red",
    "invalid": "red",
    "inconclusive": "yellow",
    "underfits": "yellow",
    "nothing learnt": "yellow",
}

_SEVERITY_STYLES = {
    "invalid": "red",
    "not run": "yellow",
    "warning": "yellow",
    "accepted": "dim",
}

_GAP = 3
_LONGEST = 900
_DETAIL_INDENT = 2


def render_answer(answer: Answer, console: Console) -> None:
    """Print the first screen of a verdict, wrapped to the width of the console.

    Text is never read as markup, and control codes are removed.

    Parameters
    ----------
    answer : Answer
    console : rich.console.Console
        It honours ``NO_COLOR``.
    """
    _print_first_line(answer, console)
    if answer.scores:
        console.print(Text(shorten(answer.scores, _LONGEST)))
    console.print()
    if answer.lines:
        console.print(_changes(answer, console))
        console.print()
    if answer.learning_curve is not None:
        _print_curve(answer.learning_curve, answer.heads[0], console)
    if answer.next_step:
        console.print(Text.assemble(("Next: ", "bold"), shorten(answer.next_step, _LONGEST)))
    if answer.look_at:
        phrases = "; ".join(shorten(phrase, _LONGEST) for phrase in answer.look_at)
        console.print(Text.assemble(("Look at: ", "bold"), phrases))


def _print_curve(curve: LearningCurve, head: str, console: Console) -> None:
    """Print at which numbers of training rows regularisation pays, and each comparison at each."""
    for sentence in curve.sentences:
        console.print(Text(shorten(sentence, _LONGEST)))
    console.print()
    console.print(Text(f"{head[:1].upper()}{head[1:]} by number of training rows:", style="dim"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    for size in curve.sizes:
        table.add_column(Text(f"{size:,}"), overflow="fold")
    for row in curve_rows(curve):
        cells = [
            Text.assemble(cell.change, "\n", (cell.word, _STYLES.get(cell.decision, "")))
            for cell in row.cells
        ]
        rival = (f"\nthan {row.compared_with}", "dim") if row.is_rival else ""
        table.add_row(Text.assemble(row.name, rival), *cells)
    console.print(table)
    for reason in curve.left_out:
        console.print(Text(shorten(f"Left out: {reason}", _LONGEST)))
    console.print()


def answer_text(answer: Answer, width: int = 80) -> str:
    """Return the first screen as plain text."""
    file = StringIO()
    render_answer(answer, Console(file=file, width=width, color_system=None))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def render_details(
    verdict: Verdict,
    console: Console,
    *,
    task: Task,
    titles: Mapping[str, str] | None = None,
) -> None:
    """Print the evidence: the table of arms, each comparison, and what the checks found.

    Parameters
    ----------
    verdict : Verdict
    console : rich.console.Console
    task : Task
        Determines metric and score.
    titles : mapping of str to str, optional
        Descriptions of the arms, by name.
    """
    rows = arm_rows(verdict, task, titles or {})
    console.print(_arm_table(rows, task, console))
    if any(row.recommended for row in rows):
        console.print(Text("* recommended", style="dim"))
    if any(arm.late_epochs is not None for arm in verdict.arms):
        console.print(Text(epochs_found(verdict.epochs, verdict.epochs_rule)))
    for comparison in verdict.comparisons:
        console.print()
        console.print(Text(shorten(comparison.sentence, _LONGEST)))
        for words in (power_words(comparison, task), epoch_words(comparison, task)):
            if words:
                _print_indented(Text(words, style="dim"), console)
    notes = [
        _note(check.code, check.message, _SEVERITY_STYLES[check.severity])
        for check in verdict.checks
    ]
    notes += [_note(f"{name} did not run", why, "dim") for name, why in verdict.skipped.items()]
    if notes:
        console.print()
    for note in notes:
        console.print(note)


def _print_first_line(answer: Answer, console: Console) -> None:
    """Print headline and subject: on one line if both fit, otherwise one below the other."""
    headline = Text(
        shorten(answer.headline, _LONGEST), style=f"bold {_STYLES.get(answer.decision, '')}"
    )
    subject = Text(shorten(answer.subject, 200), style="dim")
    room = console.width - headline.cell_len - subject.cell_len
    if room >= _GAP:
        console.print(Text.assemble(headline, " " * room, subject))
    else:
        console.print(headline)
        console.print(subject)


def _changes(answer: Answer, console: Console) -> Table:
    """Return the table of changes; its heads take two lines if one is too short."""
    cells = [
        [
            shorten(line.name, 24),
            line.change,
            line.interval,
            shorten(line.compared_with, 24),
            line.word,
        ]
        for line in answer.lines
    ]
    heads = ["", *answer.heads, ""]
    columns = list(zip(heads, *cells, strict=True))
    gap = _GAP
    if sum(max(map(len, column)) for column in columns) + gap * 4 > console.width:
        heads = [head.replace("change in ", "change in\n") for head in heads]
        gap -= 1
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")
    for position, head in enumerate(heads):
        words = " ".join([head, *(row[position] for row in cells)]).split()
        whole = position == 2  # an interval stays on one line
        table.add_column(Text(head), no_wrap=whole, min_width=max(map(len, words), default=0))
    for row, line in zip(cells, answer.lines, strict=True):
        *first, word = map(Text, row)
        word.stylize(_STYLES.get(line.decision, ""))
        table.add_row(*first, word)
    return table


def _arm_table(rows: list[ArmRow], task: Task, console: Console) -> Table:
    """Return the table of arms; descriptions wrap in the width that the numbers leave."""
    heads = ("model", f"test {task.metric}", task.score, "training", "seconds")
    box = ASCII if console.options.ascii_only else SIMPLE_HEAD
    described = any(row.title or row.failures for row in rows)
    table = Table(box=box, pad_edge=False, collapse_padding=True)
    for head in heads:
        side: Literal["left", "right"] = "left" if head == "model" else "right"
        table.add_column(head, justify=side, no_wrap=True)
        if head == "model" and described:
            table.add_column("what it is", overflow="fold", ratio=1)
    for row in rows:
        numbers = (row.test_risk, row.score, row.train_risk, row.seconds)
        what = [row.failures or row.title] if described else []
        style = "bold green" if row.recommended else ""
        table.add_row(*map(Text, (_starred(row), *what, *numbers)), style=style)
    return table


def _starred(row: ArmRow) -> str:
    return f"{row.name} *" if row.recommended else row.name


def _print_indented(text: Text, console: Console) -> None:
    console.print(Padding(text, (0, 0, 0, _DETAIL_INDENT)))


def _note(what: str, why: str, style: str) -> Text:
    return Text.assemble((shorten(what, 40), style), ": ", printable(why))
