"""`Finding`: a problem or remarkable property of the data, reported by a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """A problem or remarkable property of the data.

    Attributes
    ----------
    code : str
        Stable number and name, for instance ``"BR101 identifier-column"``.
    column : str or None
        The column concerned; None for the whole table.
    message : str
        What was found, in one sentence.
    remedy : str
        What to do, in one sentence.
    severity : {"warning", "invalid", "accepted", "not run"}
        ``"invalid"`` if a verdict on these data would be meaningless; ``"accepted"`` if the user
        accepted the finding; ``"not run"`` if the check itself failed.
    """

    code: str
    column: str | None
    message: str
    remedy: str
    severity: Literal["warning", "invalid", "accepted", "not run"]
