"""Where a warning points to: the line of the user that led to it."""

from __future__ import annotations

import sys
from itertools import count
from types import FrameType

__all__ = ["level_of_user"]

_PASSED_BY = frozenset({"bridle", "sklearn", "joblib"})


def level_of_user() -> int:
    """Return the ``stacklevel`` by which ``warnings.warn``, called by the caller, names the user's line.

    It is that of the first caller outside bridle, and outside scikit-learn, whose methods call those of
    an estimator; 1 if there is none, as in a process of a pool.
    """
    frame: FrameType | None = sys._getframe(1)
    for level in count(1):
        if frame is None:
            return 1
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _PASSED_BY:
            return level
        frame = frame.f_back
    raise AssertionError  # count never ends
