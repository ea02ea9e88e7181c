"""The result of reading text: a value for each distinct text, or two possible readings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Reading", "TwoReadingsError", "Values", "each"]

Found = TypeVar("Found")
Values = list[str]
Reading = tuple[dict[str, Any], str]
"""The value of each distinct text, and how it was read, as the end of a sentence."""


class TwoReadingsError(Exception):
    """A text with two possible meanings, and how to write it instead."""


def each(find: Callable[[str], Found | None], distinct: Values) -> list[Found] | None:
    """Return the result of ``find`` for each text, or None as soon as one has none."""
    found = []
    for text in distinct:
        match = find(text)
        if match is None:
            return None
        found.append(match)
    return found
