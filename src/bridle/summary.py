"""`Summary`: the facts, choices and coefficients of a fitted model, to read or to compute with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bridle.files.html_text import paragraph, table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fact", "Summary"]

# Coefficients in the text, so that it fits a screen; not tuned.
_LISTED = 20
_GAP = "  "


class Fact(NamedTuple):
    """A name, its value, and what a reader needs to know about the value."""

    name: str
    value: int | float | str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Summary:
    """A fitted model in facts: its text is for people, its tables for programs.

    Standard errors and p-values are left out: features were selected with the same rows, so that
    the usual ones would be too small.

    Attributes
    ----------
    title : str
        The model in one line.
    facts : tuple of Fact
        Rows, features, strengths, fit and certificate.
    choices : DataFrame or None
        The strength that each rule of a cross-validation chooses, one row per rule.
    coefficients : DataFrame or None
        The intercept and the coefficients that are not zero.
    """

    title: str
    facts: tuple[Fact, ...]
    choices: pd.DataFrame | None = None
    coefficients: pd.DataFrame | None = None

    def frame(self) -> pd.DataFrame:
        """Return the facts as a table with the columns fact, value and note."""
        import pandas as pd

        return pd.DataFrame(self.facts, columns=["fact", "value", "note"], dtype=object)

    def __str__(self) -> str:
        width = max(len(fact.name) for fact in self.facts)
        lines = [self.title, ""]
        for name, value, note in self.facts:
            said = f"{name:<{width}}{_GAP}{_shown(value)}"
            lines.append(f"{said} ({note})" if note else said)
        if self.choices is not None:
            lines += ["", _table(self.choices)]
        if self.coefficients is not None:
            lines += ["", _table(self.coefficients.head(_LISTED))]
            if (more := len(self.coefficients) - _LISTED) > 0:
                lines.append(f"and {more:,} more; coef_table() lists all")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the summary as HTML, for notebooks."""
        facts = ((name, _shown(value), note) for name, value, note in self.facts)
        parts = [table(("", "", ""), facts, self.title)]
        parts += [
            table(frame.columns.tolist(), (map(_shown, row) for row in _listed_rows(frame)))
            for frame in (self.choices, self.coefficients)
            if frame is not None
        ]
        if self.coefficients is not None and len(self.coefficients) > _LISTED:
            more = len(self.coefficients) - _LISTED
            parts.append(paragraph(f"and {more:,} more; coef_table() lists all"))
        return "".join(parts)


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _listed_rows(frame: pd.DataFrame) -> Iterator[tuple[int | float | str, ...]]:
    return frame.head(_LISTED).itertuples(index=False, name=None)


def _table(frame: pd.DataFrame) -> str:
    """Return a table with its text to the left and its numbers to the right."""
    columns = []
    for place, name in enumerate(frame.columns):
        held = frame.iloc[:, place].tolist()
        cells = [str(name), *map(_shown, held)]
        width = max(map(len, cells))
        is_text = all(isinstance(name, str) for name in held)
        columns.append([cell.ljust(width) if is_text else cell.rjust(width) for cell in cells])
    return "\n".join(_GAP.join(row).rstrip() for row in zip(*columns, strict=True))
