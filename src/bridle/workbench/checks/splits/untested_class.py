"""BR118: classes without test rows, because they are rare or because groups are kept whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.arguments.option_words import N, option
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR118 untested-class"

EXPLANATION = Explanation(
    finds="A class has no test row in any split, or in some.",
    matters="Nothing is measured about it there.",
    remedy="Collect more rows of it, or use more splits with --seeds N.",
)

_MOST_NAMED = 3


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find classes without any test row and, with groups, the class that most test sets lack."""
    if not view.task.is_classification:
        return NotApplicable(f"the target is {view.task.type.target_is}")
    codes = np.arange(len(view.task.classes))
    tested = np.array([np.isin(codes, view.target[part.test]) for part in view.parts])
    lacking = (~tested).sum(axis=0)
    never = np.flatnonzero(lacking == len(view.parts))
    if len(never):
        return (_never_tested(view, never),)
    if view.groups is None or not lacking.any():
        return ()
    code = int(lacking.argmax())
    holding = len(np.unique(view.groups[view.target == code]))
    return (
        Finding(
            CODE,
            None,
            f"The class {view.task.classes[code]!r} has no test row in {lacking[code]:,} of "
            f"{len(view.parts):,} splits, because its rows are in {holding:,} of "
            f"{len(np.unique(view.groups)):,} groups, and groups are kept whole.",
            "Expect a wide interval, and draw no conclusion about this class from these splits; more "
            "groups with this class would help.",
            "warning",
        ),
    )


def _never_tested(view: SplitView, codes: npt.NDArray[np.intp]) -> Finding:
    named = ", ".join(
        f"{view.task.classes[code]!r} ({np.count_nonzero(view.target == code):,} rows)"
        for code in codes[:_MOST_NAMED]
    )
    more = f" and {len(codes) - _MOST_NAMED:,} more" if len(codes) > _MOST_NAMED else ""
    what = "classes have" if len(codes) > 1 else "class has"
    return Finding(
        CODE,
        None,
        f"The following {what} no test row in any of {len(view.parts):,} splits, so the verdict does "
        f"not cover what is learnt about it: {named}{more}.",
        f"Use more seeds, or test on folds ({option('folds', N)}), at most as many as the class has "
        "rows; collect more of its rows, or merge it with another class.",
        "warning",
    )
