"""Finding: something about the data that their reader should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """Something about the data that their reader should know.

    Attributes
    ----------
    code : str
        Stable number and name, for instance ``"BR101 identifier-column"``.
    column : str or None
        The column it is about, None for the table as a whole.
    message : str
        What was seen, in one sentence.
    remedy : str
        What to do about it, in one sentence.
    severity : {"warning", "invalid", "accepted", "not run"}
        ``"invalid"`` if a verdict on these data would mean nothing; ``"accepted"`` if the user said
        that it is meant so; ``"not run"`` if the check itself failed.
    """

    code: str
    column: str | None
    message: str
    remedy: str
    severity: Literal["warning", "invalid", "accepted", "not run"]
