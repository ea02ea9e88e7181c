"""Made columns: what columns of blocks are made of, other than numbers as they are and levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridle.encoding.levels import Levels

__all__ = ["Filled", "MadeColumn", "Marker", "Relabelled", "levels_made"]


@dataclass(frozen=True)
class Filled:
    """Numbers or truth values, with a number in place of missing ones.

    Attributes
    ----------
    column : str
    fill : float
    """

    column: str
    fill: float


@dataclass(frozen=True)
class Marker:
    """1 where a column has no value, else 0.

    Attributes
    ----------
    column : str
    """

    column: str


@dataclass(frozen=True)
class Relabelled:
    """Levels of which a text may mean another one.

    Attributes
    ----------
    levels : Levels
    labels : mapping of str to str or None
        What each text means; None stands for a missing value.
    """

    levels: Levels
    labels: Mapping[str, str | None]

    @property
    def column(self) -> str:
        """Name of the column of texts."""
        return self.levels.column


MadeColumn = str | Levels | Filled | Marker | Relabelled


def levels_made(made: MadeColumn) -> int:
    """Return how many columns of 0 and 1 are made; 0 for a column of numbers or truth values."""
    if isinstance(made, Relabelled):
        made = made.levels
    if isinstance(made, Levels):
        return len(made.names)
    return int(isinstance(made, Marker))
