"""The result of reading text: a value for each distinct text, or two possible readings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Reading", "TwoReadingsError", "Values", "each", "most_decorated"]

Found = TypeVar("Found")
Values = list[str]
Reading = tuple[dict[str, Any], str]
"""The value of each distinct text, and how it was read, as the end of a sentence."""


class TwoReadingsError(Exception):
    """A text with two possible meanings, and how to write it instead."""


def most_decorated(distinct: Values) -> str:
    """Return the text that best shows how a column was read: that with most signs besides its digits.

    A point and a sign in front count only together with other signs, because plain numbers have them
    too. Of several such texts, it is the first.
    """

    def signs(text: str) -> tuple[int, int]:
        beside = {sign for sign in text.strip() if not sign.isdigit()}
        odd = {sign for sign in text.strip().lstrip("+-") if not sign.isdigit()} - {"."}
        return len(odd), len(beside)

    return max(distinct, key=signs)


def each(find: Callable[[str], Found | None], distinct: Values) -> list[Found] | None:
    """Return the result of ``find`` for each text, or None as soon as a text has none."""
    found = []
    for text in distinct:
        match = find(text)
        if match is None:
            return None
        found.append(match)
    return found
