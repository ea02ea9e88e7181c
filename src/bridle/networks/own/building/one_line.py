"""Message of an error of a framework, as one line of plain text."""

from __future__ import annotations

import re

__all__ = ["one_line"]

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def one_line(error: Exception) -> str:
    """Return the message of an error without line breaks and without a terminal's bold and colours."""
    return " ".join(_STYLE.sub("", str(error)).split())
