"""Classes that whole groups keep out of test parts."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.splits.view import SplitView

__all__ = ["CODE", "check"]

CODE = "BR118 untested-class"


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find the class that most test parts lack where groups stay whole."""
    if view.groups is None or not view.task.is_classification:
        return NotApplicable("no groups were named, or the target is a number")
    codes = np.arange(len(view.task.classes))
    tested = np.array([np.isin(codes, view.target[part.test]) for part in view.parts])
    lacking = (~tested).sum(axis=0)
    if not lacking.any():
        return ()
    code = int(lacking.argmax())
    holding = len(np.unique(view.groups[view.target == code]))
    return (
        Finding(
            CODE,
            None,
            f"The class {view.task.classes[code]!r} has no test row in {lacking[code]:,} of "
            f"{len(view.parts):,} splits: its rows stand in {holding:,} of "
            f"{len(np.unique(view.groups)):,} groups, and groups stay whole.",
            "Expect a wide interval, and say nothing of that class from those splits; more groups "
            "that hold it would mend this.",
            "warning",
        ),
    )
