"""Reading of text: what each distinct text stands for, or that it may stand for two things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Reading", "TwoReadingsError", "Values", "each"]

Found = TypeVar("Found")
Values = list[str]
Reading = tuple[dict[str, Any], str]
"""What each distinct text is, and how it was read, as the end of a sentence."""


class TwoReadingsError(Exception):
    """A text, what it may be, and how to write it instead."""


def each(find: Callable[[str], Found | None], distinct: Values) -> list[Found] | None:
    """Return what is found in each text, or None as soon as nothing is found in one."""
    found = []
    for text in distinct:
        one = find(text)
        if one is None:
            return None
        found.append(one)
    return found
