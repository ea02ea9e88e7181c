"""Classes with few rows."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.splits.view import SplitView

__all__ = ["CODE", "check"]

CODE = "BR104 class-imbalance"

_RARE_SHARE = 0.05


_FEW_ROWS = 10
"""Of a class, below which single rows decide what is learnt of it."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find classes with less than ten rows, or less than 5 % of them and half of their even share."""
    if not view.task.is_classification:
        return NotApplicable("the target is a number")
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
            f"rows{_untested(view, rarest)}. Always saying {view.task.classes[largest]!r} is right in "
            f"{100 * shares[largest]:.3g} % of them.",
            "Look at the log loss and not at the accuracy; collect more rows of the rare class, or "
            "join it with another.",
            "warning",
        ),
    )


def _untested(view: SplitView, code: int) -> str:
    """Say in how many splits a class is not judged, or nothing."""
    missing = sum(not (view.target[part.test] == code).any() for part in view.parts)
    return f", none of them a test row in {missing} of {len(view.parts)} splits" if missing else ""
