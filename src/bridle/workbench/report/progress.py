"""Progress of a study on standard error: a bar in a terminal, otherwise a few lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bridle.progress import hide_fit_progress
from bridle.workbench.report.text import printable, shorten

__all__ = ["progress"]

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def progress(
    console: Console, total: int, *, quiet: bool = False
) -> Iterator[Callable[[str, float], None]]:
    """Show the progress of a number of runs.

    A terminal shows a bar, which disappears at the end. Other outputs get a line for the last run
    and at most one line every five seconds, without control codes. Both say how long the rest will
    take at the pace so far.

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
        with hide_fit_progress(), _bar(console, counts=total > 1) as bar:
            task = bar.add_task("", total=total)
            yield _bar_mover(bar, task)
    else:
        yield _line_writer(console, total)


def _can_animate(console: Console) -> bool:
    """Return whether the terminal can move its cursor, whatever ``FORCE_COLOR`` is."""
    return console.file.isatty() and console.is_terminal and not console.is_dumb_terminal


def _bar(console: Console, *, counts: bool) -> Progress:
    """Return a bar that counts runs; for a single run it shows the finished fraction."""
    return Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn() if counts else TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
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
    done, began = 0.0, time.monotonic()
    last = began - _SECONDS_BETWEEN_LINES

    def advance(text: str, share: float) -> None:
        nonlocal done, last
        before, done = int(round(done, 6)), done + share
        runs, now = int(round(done, 6)), time.monotonic()
        finished = before < runs == total
        if finished or (runs < total and now - last >= _SECONDS_BETWEEN_LINES):
            last = now
            left = "" if finished else _left(now - began, done / total)
            count = f"{runs}/{total}" if total > 1 else f"{100 * done:.0f} %"
            console.file.write(f"{count} {printable(text)}{left}\n")
            console.file.flush()

    return advance


def _left(seconds: float, share: float) -> str:
    """Return how long the rest will take, at the pace so far; empty if that is not known yet."""
    if share <= 0 or seconds < _SECONDS_BETWEEN_LINES:
        return ""
    rest = seconds * (1 / share - 1)
    return f", about {rest:.0f} s left" if rest < 90 else f", about {rest / 60:.0f} min left"
