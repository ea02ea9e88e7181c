"""Classes with few rows."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.split_view import SplitView

__all__ = ["CODE", "check"]

CODE = "BR104 class-imbalance"

_RARE_SHARE = 0.05


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find a class with less than 5 % of the rows, and less than half of its even share."""
    if not view.task.is_classification:
        return NotApplicable("the target is a number")
    counts = np.bincount(view.target.astype(np.intp), minlength=len(view.task.classes))
    shares = counts / counts.sum()
    if shares.min() >= min(_RARE_SHARE, 0.5 / len(shares)):
        return ()
    rarest, largest = int(shares.argmin()), int(shares.argmax())
    return (
        Finding(
            CODE,
            None,
            f"The class {view.task.classes[rarest]!r} has {counts[rarest]:,} of {counts.sum():,} "
            f"rows. Always saying {view.task.classes[largest]!r} is right in "
            f"{100 * shares[largest]:.3g} % of them.",
            "Look at the log loss and not at the accuracy; collect more rows of the rare class.",
            "warning",
        ),
    )
