"""Text in tables: printable names, and the dash for unknown values."""

from __future__ import annotations

import re
from typing import SupportsInt

__all__ = ["UNKNOWN", "count", "printable", "shorten"]

UNKNOWN = "–"
"""Printed for an unknown value."""

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters, lone surrogates, noncharacters, and explicit bidirectional controls, which
would reorder the text after a name."""


def count(number: SupportsInt) -> str:
    """Return a count with commas between thousands, for instance ``"1,455"``."""
    return f"{int(number):,}"


def printable(text: object) -> str:
    """Return a text on one line without control characters.

    Parameters
    ----------
    text : object
        Converted by ``str``.

    Returns
    -------
    str
        White space becomes single spaces. Characters that are not allowed in terminals, XML or HTML
        (escape sequences, lone surrogates, noncharacters, direction overrides) become U+FFFD.
    """
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", " ".join(str(text).split()))


def shorten(text: object, limit: int = 28) -> str:
    """Return `printable` text of at most `limit` characters, with an ellipsis in the middle.

    The middle is cut because names with a common prefix differ at their end.
    """
    shown = printable(text)
    if len(shown) <= limit:
        return shown
    tail = (limit - 1) // 3
    return f"{shown[: limit - 1 - tail]}…{shown[len(shown) - tail :]}"
