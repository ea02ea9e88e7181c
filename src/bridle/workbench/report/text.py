"""Text of tables: names from data made fit for them, and the dash where nothing is known."""

from __future__ import annotations

import re

__all__ = ["UNKNOWN", "printable", "shorten"]

UNKNOWN = "–"
"""Stands where nothing is known."""

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters, lone surrogates, noncharacters, and the explicit bidirectional controls: one
of these in a name would reorder the text that follows it."""


def printable(text: object) -> str:
    """Return the text on one line without control characters.

    Parameters
    ----------
    text : object
        Shown through ``str``.

    Returns
    -------
    str
        White space of any kind becomes single spaces; what no terminal, XML file or page may hold
        (escape sequences, lone surrogates, noncharacters, direction overrides) becomes U+FFFD.
    """
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", " ".join(str(text).split()))


def shorten(text: object, limit: int = 28) -> str:
    """Return `printable` text of at most `limit` characters, cut in the middle by an ellipsis.

    The middle goes, since names that share a prefix differ at their end.
    """
    shown = printable(text)
    if len(shown) <= limit:
        return shown
    tail = (limit - 1) // 3
    return f"{shown[: limit - 1 - tail]}…{shown[len(shown) - tail :]}"
