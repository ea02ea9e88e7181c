"""Table of columns in a terminal: how each is used, with notes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import ASCII, SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridle.workbench.data.used_columns import ColumnUse
from bridle.workbench.report.text import count, printable, shorten

__all__ = ["render_columns"]

_STYLES = {"problem": "red", "left out": "yellow", "dropped": "dim"}


def render_columns(
    columns: Sequence[ColumnUse], n_rows: int, notes: Sequence[str], console: Console
) -> None:
    """Print a line for each column, then the notes.

    Parameters
    ----------
    columns : sequence of ColumnUse
        The columns.
    n_rows : int
        Number of rows of the table.
    notes : sequence of str
        Sentences. Text is never read as markup, and control codes are removed.
    console : rich.console.Console
        Output.
    """
    box = ASCII if console.options.ascii_only else SIMPLE_HEAD
    table = Table(box=box, pad_edge=False, title=f"{n_rows:,} rows", title_justify="left")
    for title in ("column", "taken for"):
        table.add_column(title, no_wrap=True)
    for title in ("different", "missing"):
        table.add_column(title, justify="right", no_wrap=True)
    for column in columns:
        shown = column.taken_for != "dropped"
        counts = (count(column.different), count(column.missing)) if shown else ("", "")
        cells = (shorten(column.name, 40), column.taken_for, *counts)
        table.add_row(*map(Text, cells), style=_STYLES.get(column.taken_for, ""))
    console.print(table)
    for note in notes:
        console.print(Text(printable(note)), soft_wrap=True)
