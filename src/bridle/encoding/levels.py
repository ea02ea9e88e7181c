"""`Levels`: a column of categories as columns of 0 and 1, with the levels of the fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MISSING", "MOST_LEVELS", "Levels", "distinct_names", "level_text", "name_rows"]

MISSING = "(missing)"
"""Category of rows with a missing value."""

MOST_LEVELS = 1000
"""Most levels of a column: a column of more distinct texts is free text and not a category."""

_FEW = 20
"""Of different texts; they are not taken for names of rows, however few rows there are."""


@dataclass(frozen=True)
class Levels:
    """A column of categories: an indicator column for each frequent level, and one for all others.

    Attributes
    ----------
    column : str
    own : tuple of str
        The levels with their own indicator column, which may include `MISSING`.
    rest : bool
        Whether all other levels share an indicator column; if not, they have 0 in every column.
    """

    column: str
    own: tuple[str, ...]
    rest: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that are made."""
        levels = (*self.own, *(["(rare)"] if self.rest else []))
        return tuple(f"{self.column}={level}" for level in levels)

    def write(self, frame: pd.DataFrame | Mapping[str, Any], out: Array) -> None:
        """Write the indicator columns of a column of a table."""
        import pandas as pd

        texts = pd.Categorical(frame[self.column])
        own = pd.Index(self.own, dtype=object)
        found = own.get_indexer(pd.Index([*texts.categories, MISSING], dtype=object))
        codes = found[texts.codes]  # code -1, a missing value, takes the last entry
        if self.rest:
            codes = np.where(codes < 0, len(self.own), codes)
        out[:] = 0.0
        rows = np.flatnonzero(codes >= 0)
        out[rows, codes[rows]] = 1.0


def level_text(value: Any) -> str:
    """Return a value as the text of a level: a whole number without a point.

    Beside a missing value pandas holds the level 1 as 1.0, which is the same level.
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def distinct_names(names: Iterable[str]) -> list[str]:
    """Return distinct names: repeated ones, such as a column called ``city=Paris``, get numbers."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct


def name_rows(distinct: int, n_rows: int) -> bool:
    """Return whether so many different texts are names of rows rather than categories."""
    return distinct > _FEW and distinct > n_rows / 2
