"""BR104: classes with few rows."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR104 class-imbalance"

EXPLANATION = Explanation(
    finds="A class has less than 5 % of the rows, or fewer than ten rows.",
    matters="Few test rows of a class make its errors hard to measure, and accuracy hides them.",
    remedy="Collect more rows of the class, or use more splits with --seeds N.",
)

_RARE_SHARE = 0.05


_FEW_ROWS = 10
"""Fewest rows of a class; with fewer, single rows determine what is learnt about it."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find classes with fewer than ten rows, or with less than 5 % and half of an equal share."""
    if not view.task.is_classification:
        return NotApplicable(f"the target is {view.task.type.target_is}")
    counts = np.bincount(view.target.astype(np.intp), minlength=len(view.task.classes))
    shares = counts / counts.sum()
    if shares.min() >= min(_RARE_SHARE, 0.5 / len(shares)) and counts.min() >= _FEW_ROWS:
        return ()
    rarest, largest = int(shares.argmin()), int(shares.argmax())
    return (
        Finding(
            CODE,
            None,
            f"The class {view.task.classes[rarest]!r} has {counts[rarest]:,} of {counts.sum():,} "
            f"rows{_untested(view, rarest)}. Always predicting {view.task.classes[largest]!r} is "
            f"right in {100 * shares[largest]:.3g} % of the rows.",
            "Judge by the log loss, not by the accuracy; collect more rows of the rare class, or "
            "merge it with another.",
            "warning",
        ),
    )


def _untested(view: SplitView, code: int) -> str:
    """Return a text with the number of splits without a test row of a class, or ""."""
    missing = sum(not (view.target[part.test] == code).any() for part in view.parts)
    return f", none of them a test row in {missing} of {len(view.parts)} splits" if missing else ""
