"""The result in a terminal: the table of arms, the verdict and the path of the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from rich.box import ASCII, SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from bridle.workbench.report.arm_table import ArmRow, arm_rows
from bridle.workbench.report.text import printable, shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.verdict import Verdict
from bridle.workbench.verdict.wording import power_words

__all__ = ["progress", "render_table"]

_DECISION_STYLES = {
    "helps": "green",
    "hurts": "red",
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

_GAP = 2
"""Blanks before each column and after the last."""
_LEAST_ROOM = 12
_MOST_LINES = 15
"""Lines for arms, notes, headline and power; nine more surround them."""
_LEAST_ARMS = 3
_MOST_NOTES = 3
_SECONDS_BETWEEN_LINES = 5.0


def render_table(
    verdict: Verdict,
    console: Console,
    *,
    task: Task,
    titles: Mapping[str, str] | None = None,
    report: str | None = None,
    following: str | None = None,
) -> None:
    """Print the arms, the findings, the headline, the path of the report and the next command.

    The output has fewer than 25 lines at 80 columns or more. Text is never read as markup, and
    control codes are removed.

    Parameters
    ----------
    verdict : Verdict
    console : rich.console.Console
        Standard output; it honours ``NO_COLOR``.
    task : Task
        Determines metric and score.
    titles : mapping of str to str, optional
        Descriptions of the arms, by name.
    report : str, optional
        Path of the HTML page.
    following : str, optional
        The next command.
    """
    rows = arm_rows(verdict, task, titles or {})
    notes, headline, power = _notes(verdict), _headline(verdict), _power(verdict, task)
    wrapped = [line for text in (headline, power) for line in text.wrap(console, console.width)]
    room = _MOST_LINES - len(notes) - len(wrapped)
    if room < _LEAST_ARMS:
        room, power = room + len(power.wrap(console, console.width)), Text()
    shown = _shown(rows, room, verdict)
    console.print(_table(shown, task, console))
    if len(shown) < len(rows):
        left = len(rows) - len(shown)
        arms = "arm" if left == 1 else "arms"
        console.print(Text(f"and {left} more {arms} in the report", style="dim"))
    if any(row.recommended for row in rows):
        console.print(Text("* recommended", style="dim"))
    for note in notes:
        console.print(note, no_wrap=True, overflow="ellipsis")
    console.print()
    console.print(headline)
    if power:
        console.print(power)
    if report is not None:
        console.print(Text(f"Report: {printable(report)}"), soft_wrap=True)
    if following is not None:
        console.print(Text(f"Next: {printable(following)}"), soft_wrap=True)


@contextmanager
def progress(
    console: Console, total: int, *, quiet: bool = False
) -> Iterator[Callable[[str, float], None]]:
    """Show the progress of a number of runs.

    A terminal shows a bar, which disappears at the end. Other outputs get a line for the last run
    and at most one line every five seconds, without control codes.

    Parameters
    ----------
    console : rich.console.Console
        Standard error.
    total : int
        Number of runs.
    quiet : bool, default=False
        Whether to show nothing.

    Yields
    ------
    callable
        Takes the name of a run and the finished fraction of it since the last call.
    """
    if quiet:
        yield lambda text, share: None
    elif _can_animate(console):
        with _bar(console) as bar:
            task = bar.add_task("", total=total)
            yield _bar_mover(bar, task)
    else:
        yield _line_writer(console, total)


def _table(rows: list[ArmRow], task: Task, console: Console) -> Table:
    """Return the table; descriptions of arms get the width that the numbers leave."""
    heads = ("arm", f"test {task.metric}", task.score, "training", "seconds")
    lines = [(_starred(row), row.test_risk, row.score, row.train_risk, row.seconds) for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    room = console.width - sum(widths) - _GAP * (len(widths) + 2)
    box = ASCII if console.options.ascii_only else SIMPLE_HEAD
    described = room >= _LEAST_ROOM and any(row.title or row.failures for row in rows)
    table = Table(box=box, pad_edge=False, collapse_padding=True)
    for head, width in zip(heads, widths, strict=True):
        side: Literal["left", "right"] = "left" if head == "arm" else "right"
        table.add_column(head, justify=side, no_wrap=True, min_width=width)
        if head == "arm" and described:
            table.add_column("what it is", no_wrap=True, overflow="ellipsis", max_width=room)
    for row, (name, *numbers) in zip(rows, lines, strict=True):
        what = [row.failures or row.title] if described else []
        style = "bold green" if row.recommended else ""
        table.add_row(*(Text(cell) for cell in (name, *what, *numbers)), style=style)
    return table


def _starred(row: ArmRow) -> str:
    return f"{row.name} *" if row.recommended else row.name


def _shown(rows: list[ArmRow], room: int, verdict: Verdict) -> list[ArmRow]:
    """Return as many rows as fit: first the recommended arm, then the compared ones."""
    compared = [
        shorten(name, 24) for one in verdict.comparisons for name in (one.regularised, one.plain)
    ]
    places = {name: place for place, name in reversed(list(enumerate(compared)))}

    def rank(row: ArmRow) -> tuple[bool, int]:
        return not row.recommended, places.get(row.name, len(compared))

    first = sorted(rows, key=rank)[: max(room, _LEAST_ARMS)]
    return [row for row in rows if row in first]


def _notes(verdict: Verdict) -> list[Text]:
    """Return one line per finding, the most serious first, and one for those that do not fit."""
    notes = [_note(one.code, one.message, _SEVERITY_STYLES[one.severity]) for one in verdict.checks]
    notes += [_note(f"{name} did not run", why, "dim") for name, why in verdict.skipped.items()]
    shown, rest = notes[:_MOST_NOTES], len(notes) - _MOST_NOTES
    if rest > 0:
        shown.append(Text(f"and {rest} more in the report", style="dim"))
    return shown


def _note(what: str, why: str, style: str) -> Text:
    return Text.assemble((shorten(what, 40), style), ": ", shorten(why, 300))


def _headline(verdict: Verdict) -> Text:
    style = f"bold {_DECISION_STYLES.get(verdict.decision, 'blue')}"
    decision = Text(verdict.decision.upper(), style=style)
    return Text.assemble(decision, "  ", shorten(verdict.headline, 900))


def _power(verdict: Verdict, task: Task) -> Text:
    words = power_words(verdict.comparisons[0], task) if verdict.comparisons else ""
    return Text(shorten(words, 300), style="dim")


def _can_animate(console: Console) -> bool:
    """Return whether the terminal can move its cursor, whatever ``FORCE_COLOR`` is."""
    return console.file.isatty() and console.is_terminal and not console.is_dumb_terminal


def _bar(console: Console) -> Progress:
    return Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
    )


def _bar_mover(bar: Progress, task: TaskID) -> Callable[[str, float], None]:
    done = 0.0

    def advance(text: str, share: float) -> None:
        nonlocal done
        done += share
        # Fractions of a run add up to one only up to rounding.
        bar.update(task, completed=round(done, 6), description=shorten(text, 40))

    return advance


def _line_writer(console: Console, total: int) -> Callable[[str, float], None]:
    done = 0.0
    last = -_SECONDS_BETWEEN_LINES

    def advance(text: str, share: float) -> None:
        nonlocal done, last
        before, done = int(round(done, 6)), done + share
        runs, now = int(round(done, 6)), time.monotonic()
        finished = before < runs == total
        if finished or (runs < total and now - last >= _SECONDS_BETWEEN_LINES):
            last = now
            console.file.write(f"{runs}/{total} {printable(text)}\n")
            console.file.flush()

    return advance
