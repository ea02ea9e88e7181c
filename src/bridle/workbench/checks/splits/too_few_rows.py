"""Parts of a split too small to learn from or to judge by."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.splits.view import SplitView

__all__ = ["CODE", "check"]

CODE = "BR105 too-few-rows"

_TEST_ROWS = 20
_TRAINING_ROWS = 50


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find test parts under 20 rows, and training parts under 50."""
    train = min(len(part.train) for part in view.parts)
    test = min(len(part.test) for part in view.parts)
    found = []
    if test < _TEST_ROWS:
        found.append(f"a test part has {test:,} rows, so that single rows decide its risk")
    if train < _TRAINING_ROWS:
        found.append(f"a training part has {train:,} rows")
    if not found:
        return ()
    rows = int(np.ceil(max(_TEST_ROWS / test, _TRAINING_ROWS / train) * len(view.target)))
    text = "; ".join(found)
    return (
        Finding(
            CODE,
            None,
            f"{text[0].upper()}{text[1:]}.",
            f"Expect a wide interval; {rows:,} rows in all would be enough for this check.",
            "warning",
        ),
    )
