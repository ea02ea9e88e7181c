"""BR203: rows sorted by the target, with test rows in consecutive blocks."""

from __future__ import annotations

import numpy as np

from bridle.arguments.option_words import COLUMN, option
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check", "is_stretch", "target_in_order"]

CODE = "BR203 sorted-rows"

EXPLANATION = Explanation(
    finds="The rows are sorted by the target, and test rows are consecutive blocks.",
    matters="Test rows then have other targets than training rows. The verdict is invalid.",
    remedy="Shuffle the rows, or name a time by which they are really ordered.",
)


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Return a finding if rows are sorted by the target and test sets are blocks of rows."""
    if not all(is_stretch(part.test) for part in view.parts):
        return NotApplicable("the splits shuffle the rows")
    if not target_in_order(view):
        return ()
    return (
        Finding(
            CODE,
            None,
            "The rows are sorted by the target, and each test part is a block of consecutive rows, "
            "so models are tested on targets that do not occur in training.",
            f"Split at random or, if they have a time, in its order: {option('time', COLUMN)}.",
            "invalid",
        ),
    )


def target_in_order(view: SplitView) -> bool:
    """Return whether the target is sorted along the rows, or its classes are in blocks."""
    target = view.target.astype(np.float64)
    steps = np.diff(target)
    values = len(np.unique(target))
    in_order = bool((steps >= 0).all() or (steps <= 0).all())
    in_blocks = view.task.is_classification and int((steps != 0).sum()) == values - 1
    return values > 1 and (in_order or in_blocks)


def is_stretch(rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> bool:
    """Return whether row numbers are consecutive."""
    return int(rows.max() - rows.min()) == len(rows) - 1 and len(rows) > 1
