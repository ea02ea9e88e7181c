"""What was measured, and the table that shows it."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from benchmarks.dropout.catalogue import ROWS, Row
from benchmarks.dropout.pairs import Ratio
from benchmarks.kept_rows import KeptRows

__all__ = ["Results"]


class Results(KeptRows):
    """All that is known; its rows hold `Ratio`."""

    measured = Ratio

    def table(self) -> Table:
        """Return a line for each row of the catalogue that was measured."""
        table = Table(title="bridle over the framework's own, time of a call", title_justify="left")
        for column in ("step", "ratio", "goal", "ours", "theirs"):
            table.add_column(column, justify="left" if column == "step" else "right")
        for row in ROWS:
            if row.name in self.rows:
                table.add_row(*_cells(row, self.rows[row.name]))
        return table


def _cells(row: Row, ratio: Ratio) -> tuple[str | Text, ...]:
    goal = "" if row.goal is None else f"{row.goal:.2f}"
    if ratio.value is None:
        return row.title, Text("-", style="red"), goal, "-", "-"
    style = "" if row.goal is None else "green" if ratio.value <= row.goal else "red"
    value = Text(f"{ratio.value:.2f}", style=style)
    return row.title, value, goal, _milliseconds(ratio.ours), _milliseconds(ratio.theirs)


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1e3 * seconds:.3g} ms"
