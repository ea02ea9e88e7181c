"""Slips: the few texts that keep a column of numbers from being read as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bridle.readings.reading import Values

__all__ = ["Slips", "slips_in"]

# Text was meant as numbers if 90 % of its distinct texts are numbers once commas are removed; or if 20
# are numbers, and the words among them are at most three, or a tenth as many as the numbers.
_MOSTLY = 0.9
_ENOUGH_NUMBERS = 20
_FEW_WORDS = 3
_RARELY = 0.1


@dataclass(frozen=True)
class Slips:
    """Texts that are no numbers, and whether it is only their commas that keep them from it."""

    texts: Values
    are_commas: bool


def slips_in(distinct: Values) -> Slips | None:
    """Return the slips among texts that were meant as numbers; None for numbers and for categories."""
    texts = pd.Series(distinct, dtype=object)
    words = ~_is_number(texts)
    without_commas = _is_number(texts.str.replace(",", ""))
    if (words & without_commas).any() and without_commas.mean() >= _MOSTLY:
        first = texts[words & without_commas].iloc[0]
        return Slips([first, *(text for text in texts[words] if text != first)], True)
    numbers = (~words).sum()
    few = 1 <= words.sum() <= max(_FEW_WORDS, _RARELY * numbers)
    return Slips([*texts[words]], False) if few and numbers >= _ENOUGH_NUMBERS else None


def _is_number(texts: pd.Series[str]) -> pd.Series[bool]:
    return pd.to_numeric(texts, errors="coerce").notna()
