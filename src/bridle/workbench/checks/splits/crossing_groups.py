"""BR204: groups with rows in two parts of a split."""

from __future__ import annotations

import re

import numpy as np

from bridle.arguments.option_words import COLUMN, option
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR204 crossing-groups"

EXPLANATION = Explanation(
    finds=(
        "A group has rows in two parts of a split; or no groups were named, and a column looks as if "
        "it named them."
    ),
    matters="Rows of a group that was trained on are easier to predict than those of a new one.",
    remedy="Name the groups with --groups COLUMN; all rows of a group then stay together.",
)

_NAME = re.compile(
    r"(^|[\W_])(id|uuid|guid|patient|subject|user|customer|household|person|session|group)s?"
    r"([\W_]?(id|no|nr|number|key))?$",
    re.IGNORECASE,
)
_CAMEL_NAME = re.compile(r"[a-z](Id|ID)$")
_ROWS_A_GROUP = 2


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find groups with both training and test rows.

    If groups were named and a custom splitter separates them, the verdict is invalid. If none were
    named, columns are reported that have a typical name and whose values occur at least twice on
    average.
    """
    if view.groups is not None:
        return _crossing(view, view.groups)
    suspects = [name for name in view.frame.columns if _looks_like_groups(view, name)]
    if not suspects:
        return NotApplicable(
            f"no groups were named ({option('groups', COLUMN)}), and no column looks like one"
        )
    return tuple(
        Finding(
            CODE,
            name,
            f"Column {name!r} seems to name groups of rows that belong together, and groups have "
            "both training and test rows.",
            f"If so, keep groups together: {option('groups', name)}.",
            "warning",
        )
        for name in suspects
    )


def _crossing(
    view: SplitView, groups: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> tuple[Finding, ...]:
    crossing = [len(np.intersect1d(groups[part.train], groups[part.test])) for part in view.parts]
    if not any(crossing):
        return ()
    return (
        Finding(
            CODE,
            None,
            f"{max(crossing):,} of {len(np.unique(groups)):,} groups have both training and test "
            "rows in the same split.",
            "Use a splitter that keeps groups together, for instance GroupKFold, or no splitter.",
            "invalid",
        ),
    )


def _looks_like_groups(view: SplitView, name: str) -> bool:
    if not (_NAME.search(name) or _CAMEL_NAME.search(name)):
        return False
    column = view.frame[name]
    values = column.nunique()
    fractional = column.dtype.kind == "f" and bool((column.dropna() % 1 != 0).any())
    return not fractional and values > _ROWS_A_GROUP and len(column) >= _ROWS_A_GROUP * values
