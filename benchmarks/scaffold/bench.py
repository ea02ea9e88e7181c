"""Bench: the rows of a table, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bench", "Row"]


@dataclass(frozen=True)
class Row:
    """A comparison.

    Attributes
    ----------
    name : str
    title : str
        Ours, and the other's after "over".
    module : str
        File of the bench's folder that measures it.
    arguments : tuple of str
        What that file is told.
    goal : float or None
        At most so much is wanted: of the ratio, or of our seconds if there is nobody else. None if it
        is only reported.
    backend : str
        "jax" or "torch", or "scale" for the engines of clusters.
    is_ratio : bool
    """

    name: str
    title: str
    module: str
    arguments: tuple[str, ...] = ()
    goal: float | None = None
    backend: str = "jax"
    is_ratio: bool = True


@dataclass(frozen=True)
class Bench:
    """A table of ratios.

    Attributes
    ----------
    name : str
        Of its folder, whose ``measure.measure(row, rounds)`` returns the figures of a row.
    purpose : str
        What it times, for its help.
    title : str
        Of the table.
    head : str
        What a row is.
    rows : tuple of Row
    unit : {"ms", "s"}
        Of the seconds that are shown.
    digits : int
        Of a ratio, behind the point.
    quick : tuple of str
        Rows of a quick run, which takes one round.
    rounds : int
        Of a full run.
    """

    name: str
    purpose: str
    title: str
    head: str
    rows: tuple[Row, ...]
    unit: str
    digits: int
    quick: tuple[str, ...]
    rounds: int = 1

    def row(self, name: str) -> Row:
        """Return a row.

        Raises
        ------
        KeyError
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no row {name!r}; there are {', '.join(row.name for row in self.rows)}")
