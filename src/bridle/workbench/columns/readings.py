"""Reading of text: what each distinct text stands for, or that it may stand for two things."""

from __future__ import annotations

from typing import Any

__all__ = ["Reading", "TwoReadingsError", "Values"]

Values = list[str]
Reading = tuple[dict[str, Any], str]
"""What each distinct text is, and how it was read, as the end of a sentence."""


class TwoReadingsError(Exception):
    """A text, what it may be, and how to write it instead."""
