"""BR105: splits with few training or test rows."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR105 too-few-rows"

EXPLANATION = Explanation(
    finds="There are fewer than 20 test rows, or fewer than 50 training rows.",
    matters="Differences between models are then mostly chance.",
    remedy="Collect more rows, or use every row for testing with --folds K.",
)

_TEST_ROWS = 20
"""With fewer, a test row has more than 5 % of the weight of the risk."""
_TRAINING_ROWS = 50
"""With fewer, each of five folds of a cross-validation has fewer than ten rows."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Return a finding if a test set has fewer than 20 rows, or a training set fewer than 50."""
    train = min(len(part.train) for part in view.parts)
    test = min(len(part.test) for part in view.parts)
    found = []
    if test < _TEST_ROWS:
        found.append(f"a test set has {test:,} rows, so single rows determine its risk")
    if train < _TRAINING_ROWS:
        found.append(f"a training set has {train:,} rows")
    if not found:
        return ()
    rows = int(np.ceil(max(_TEST_ROWS / test, _TRAINING_ROWS / train) * len(view.target)))
    text = "; ".join(found)
    return (
        Finding(
            CODE,
            None,
            f"{text[0].upper()}{text[1:]}.",
            f"Expect a wide interval; this check would need {rows:,} rows in total.",
            "warning",
        ),
    )
