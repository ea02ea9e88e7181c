"""What was measured, and the table that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from benchmarks.kept_rows import KeptRows
from benchmarks.workbench.catalogue import ROWS, Row

__all__ = ["Results", "Time"]


@dataclass(frozen=True)
class Time:
    """Seconds of a row, or why there are none."""

    ours: float | None = None
    theirs: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over theirs."""
        if self.ours is None or self.theirs is None:
            return None
        return self.ours / self.theirs


class Results(KeptRows):
    """All that is known; its rows hold `Time`."""

    measured = Time

    def table(self) -> Table:
        """Return a line for each row of the catalogue that was measured."""
        table = Table(title="A study over the loop of fits that it replaces", title_justify="left")
        for column in ("work", "ratio", "goal", "ours", "theirs"):
            table.add_column(column, justify="left" if column == "work" else "right")
        for row in ROWS:
            if row.name in self.rows:
                table.add_row(*_cells(row, self.rows[row.name]))
        return table


def _cells(row: Row, time: Time) -> tuple[str | Text, ...]:
    judged = time.ratio if row.is_ratio else time.ours
    unit = "" if row.is_ratio else " s"
    goal = "" if row.goal is None else f"{row.goal:.2g}{unit}"
    if judged is None:
        return row.title, Text("-", style="red"), goal, "-", "-"
    style = "" if row.goal is None else "green" if judged <= row.goal else "red"
    ratio = Text("-" if time.ratio is None else f"{time.ratio:.3f}", style=style)
    ours = Text(f"{time.ours:.3g} s", style="" if row.is_ratio else style)
    return row.title, ratio, goal, ours, "-" if time.theirs is None else f"{time.theirs:.3g} s"
