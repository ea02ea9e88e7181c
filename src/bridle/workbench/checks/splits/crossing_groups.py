"""Groups of rows on two sides of a split."""

from __future__ import annotations

import re

import numpy as np

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.splits.view import SplitView

__all__ = ["CODE", "check"]

CODE = "BR204 crossing-groups"

_NAME = re.compile(
    r"(^|[\W_])(id|uuid|guid|patient|subject|user|customer|household|person|session|group)s?"
    r"([\W_]?(id|no|nr|number|key))?$",
    re.IGNORECASE,
)
_CAMEL_NAME = re.compile(r"[a-z](Id|ID)$")
_ROWS_A_GROUP = 2


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find groups with training and test rows.

    Where groups were named and cross, as a splitter of one's own may have it, the verdict is
    invalid. Where none were named, columns that are called like one and whose values come twice or
    more on average are pointed at.
    """
    if view.groups is not None:
        return _crossing(view, view.groups)
    suspects = [name for name in view.frame.columns if _looks_like_groups(view, name)]
    if not suspects:
        return NotApplicable("no groups were named (--groups COLUMN), and no column looks like one")
    return tuple(
        Finding(
            CODE,
            name,
            f"Column {name!r} looks as if it said which rows belong together, and rows with the "
            "same value stand in the training and in the test part.",
            f"If so, keep them together: --groups {name!r}, in Python groups={name!r}.",
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
            f"{max(crossing):,} of {len(np.unique(groups)):,} groups have rows in the training and "
            "in the test part of one split.",
            "Give a splitter that keeps groups together, for instance GroupKFold, or none.",
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
