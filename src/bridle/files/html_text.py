"""Sentences and tables as escaped HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["paragraph", "table"]


def paragraph(text: object) -> str:
    """Return a text as an escaped paragraph."""
    return f"<p>{_escaped(text)}</p>"


def table(heads: Sequence[object], rows: Iterable[Iterable[object]], caption: str = "") -> str:
    """Return a table, everything in it escaped.

    Parameters
    ----------
    heads : sequence
        Heads of the columns.
    rows : iterable of iterables
        One entry per column.
    caption : str
        Default: none.
    """
    title = f"<caption>{_escaped(caption)}</caption>" if caption else ""
    head = "".join(f"<th>{_escaped(cell)}</th>" for cell in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{_escaped(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _escaped(value: object) -> str:
    # Names of columns may hold half of a character, which no page can be written with.
    return escape(str(value).encode("utf-8", "replace").decode("utf-8"))
