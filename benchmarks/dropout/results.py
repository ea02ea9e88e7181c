"""What was measured, and the file that keeps it; the table that shows it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.dropout.catalogue import ROWS, Row
from benchmarks.dropout.pairs import Ratio

__all__ = ["Results"]


@dataclass
class Results:
    """All that is known.

    Attributes
    ----------
    machine, libraries : dict of str to str
    rows : dict of str to Ratio
        By the name of the row.
    """

    machine: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Ratio] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file; no file is no results."""
        if not file.exists():
            return cls()
        held = json.loads(file.read_text())
        rows = {name: Ratio(**one) for name, one in held.pop("rows").items()}
        return cls(**held, rows=rows)

    def write(self, file: Path) -> None:
        """Write the file, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=1) + "\n")
        part.replace(file)

    def render(self) -> RenderableType:
        """Return the table, what it was measured on, and the reasons for what is missing."""
        table = Table(title="bridle over the framework's own, time of a call", title_justify="left")
        for column in ("step", "ratio", "goal", "ours", "theirs"):
            table.add_column(column, justify="left" if column == "step" else "right")
        for row in ROWS:
            if row.name in self.rows:
                table.add_row(*_cells(row, self.rows[row.name]))
        facts = [f"{name}: {value}" for name, value in self.machine.items()]
        facts.append(", ".join(f"{name} {value}" for name, value in self.libraries.items()))
        reasons = [f"- {name}: {one.reason}" for name, one in self.rows.items() if one.reason]
        return Group(table, Text("\n".join([*facts, *reasons])))


def _cells(row: Row, ratio: Ratio) -> tuple[str | Text, ...]:
    goal = "" if row.goal is None else f"{row.goal:.2f}"
    if ratio.value is None:
        return row.title, Text("-", style="red"), goal, "-", "-"
    style = "" if row.goal is None else "green" if ratio.value <= row.goal else "red"
    value = Text(f"{ratio.value:.2f}", style=style)
    return row.title, value, goal, _milliseconds(ratio.ours), _milliseconds(ratio.theirs)


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1e3 * seconds:.3g} ms"
