"""The file that keeps the rows of a table: what was measured, on which machine, with what."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

__all__ = ["KeptRows"]


@dataclass
class KeptRows(ABC):
    """All that is known of a table.

    A concrete one gives ``measured``, the class of a row's figures, with a ``reason`` where there are
    none, and draws the `table`.

    Attributes
    ----------
    machine, libraries : dict of str to str
    rows : dict of str to ``measured``
        By the name of the row.
    """

    measured: ClassVar[type[Any]]

    machine: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)

    @abstractmethod
    def table(self) -> Table:
        """Return the table."""

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file; no file is no results."""
        if not file.exists():
            return cls()
        held = json.loads(file.read_text())
        rows = {name: cls.measured(**one) for name, one in held.pop("rows").items()}
        return cls(**held, rows=rows)

    def write(self, file: Path) -> None:
        """Write the file, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=1) + "\n")
        part.replace(file)

    def render(self) -> RenderableType:
        """Return the table, what it was measured on, and the reasons for what is missing."""
        facts = [f"{name}: {value}" for name, value in self.machine.items()]
        facts.append(", ".join(f"{name} {value}" for name, value in self.libraries.items()))
        reasons = [f"- {name}: {one.reason}" for name, one in self.rows.items() if one.reason]
        return Group(self.table(), Text("\n".join([*facts, *reasons])))
