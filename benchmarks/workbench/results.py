"""What was measured, and the file that keeps it; the table that shows it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

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


@dataclass
class Results:
    """All that is known.

    Attributes
    ----------
    machine, libraries : dict of str to str
    rows : dict of str to Time
        By the name of the row.
    """

    machine: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Time] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file; no file is no results."""
        if not file.exists():
            return cls()
        held = json.loads(file.read_text())
        rows = {name: Time(**one) for name, one in held.pop("rows").items()}
        return cls(**held, rows=rows)

    def write(self, file: Path) -> None:
        """Write the file, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=1) + "\n")
        part.replace(file)

    def render(self) -> RenderableType:
        """Return the table, what it was measured on, and the reasons for what is missing."""
        table = Table(title="A study over the loop of fits that it replaces", title_justify="left")
        for column in ("work", "ratio", "goal", "ours", "theirs"):
            table.add_column(column, justify="left" if column == "work" else "right")
        for row in ROWS:
            if row.name in self.rows:
                table.add_row(*_cells(row, self.rows[row.name]))
        facts = [f"{name}: {value}" for name, value in self.machine.items()]
        facts.append(", ".join(f"{name} {value}" for name, value in self.libraries.items()))
        reasons = [f"- {name}: {one.reason}" for name, one in self.rows.items() if one.reason]
        return Group(table, Text("\n".join([*facts, *reasons])))


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
