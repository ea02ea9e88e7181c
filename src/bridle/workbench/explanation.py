"""`Explanation`: what a check finds, why that matters, and what to do, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Explanation"]


@dataclass(frozen=True)
class Explanation:
    """A check in plain words.

    Attributes
    ----------
    finds, matters, remedy : str
        A sentence or two each.
    """

    finds: str
    matters: str
    remedy: str
