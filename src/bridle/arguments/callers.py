"""The line of the user's code to which a warning points."""

from __future__ import annotations

import sys
from types import FrameType

__all__ = ["level_of_user"]

_PASSED_BY = frozenset({"bridle", "sklearn", "joblib"})


def level_of_user() -> int:
    """Return the ``stacklevel`` by which ``warnings.warn``, called by the caller, names the user's line.

    It is that of the first caller outside bridle, and outside scikit-learn, whose methods call those of
    an estimator; 1 if there is none, as in a process of a pool.
    """
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _PASSED_BY:
            return level
        frame, level = frame.f_back, level + 1
    return 1
