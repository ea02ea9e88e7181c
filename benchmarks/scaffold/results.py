"""Results: what was measured, on which machine, with what; the file that keeps it, and the table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.scaffold.bench import Bench, Row
from benchmarks.scaffold.figures import Figures
from benchmarks.scaffold.kept_file import read_kept, write_kept

__all__ = ["Results"]

_FACTORS = {"s": 1.0, "ms": 1e3}


@dataclass
class Results:
    """All that is known of a bench.

    Attributes
    ----------
    machine, libraries : dict of str to str
    rows : dict of str to Figures
        By the name of the row.
    """

    machine: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Figures] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file; no file is no results."""
        held = read_kept(file)
        rows = {name: Figures(**row) for name, row in held.pop("rows", {}).items()}
        return cls(**held, rows=rows)

    def write(self, file: Path) -> None:
        """Write the file, whole or not at all."""
        write_kept(file, asdict(self))

    def render(self, bench: Bench) -> RenderableType:
        """Return the table, what it was measured on, and the reasons for what is missing."""
        facts = [f"{name}: {value}" for name, value in self.machine.items()]
        facts.append(", ".join(f"{name} {value}" for name, value in self.libraries.items()))
        reasons = [f"- {name}: {row.reason}" for name, row in self.rows.items() if row.reason]
        return Group(self._table(bench), Text("\n".join([*facts, *reasons])))

    def _table(self, bench: Bench) -> Table:
        """Return a line for each row of the bench that was measured."""
        table = Table(title=bench.title, title_justify="left")
        for column in (bench.head, "ratio", "goal", "ours", "theirs"):
            table.add_column(column, justify="left" if column == bench.head else "right")
        for row in bench.rows:
            if row.name in self.rows:
                table.add_row(*_cells(row, self.rows[row.name], bench))
        return table


def _cells(row: Row, figures: Figures, bench: Bench) -> tuple[str | Text, ...]:
    judged = figures.ratio if row.is_ratio else figures.ours
    goal = "" if row.goal is None else f"{row.goal:.2f}" if row.is_ratio else f"{row.goal:.3g} s"
    if judged is None:
        return row.title, Text("-", style="red"), goal, "-", "-"
    style = "" if row.goal is None else "green" if judged <= row.goal else "red"
    ratio = "-" if figures.ratio is None else f"{figures.ratio:.{bench.digits}f}"
    ours, theirs = (_time(seconds, bench.unit) for seconds in (figures.ours, figures.theirs))
    return row.title, Text(ratio, style=style), goal, Text(ours, style=style), theirs


def _time(seconds: float | None, unit: str) -> str:
    return "-" if seconds is None else f"{seconds * _FACTORS[unit]:.3g} {unit}"
