"""Rows that come in groups which no column names."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.splits.near_duplicates import NEAR, alike
from bridle.workbench.checks.splits.neighbours import neighbours_of
from bridle.workbench.checks.splits.view import SplitView

__all__ = ["CODE", "check"]

CODE = "BR114 likely-groups"

_CLOSE = 0.5
_SURPLUS = 0.25
"""Of the rows, beyond the share that chance brings as close."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find that many more rows than by chance have one other row far nearer than the rest.

    That is less than half as far as their tenth neighbour. Near copies with the same target are
    left to the check of those.
    """
    if view.groups is not None:
        return NotApplicable("groups were named")
    near = neighbours_of(view.frame)
    if near is None:
        return NotApplicable("there are few rows, or fewer than two columns of many values")
    close = (near.ratio < _CLOSE) & ~(near.closer(NEAR) & alike(view, near))
    share, chance = float(close.mean()), near.share_by_chance(_CLOSE)
    if share - chance < _SURPLUS:
        return ()
    first = int(np.where(close, near.ratio, np.inf).argmin())
    rows = sorted((near.rows[first] + 1, near.nearest[first] + 1))
    return (
        Finding(
            CODE,
            None,
            f"{100 * share:.0f} % of the rows have another row far nearer than the rest, where chance "
            f"brings {100 * chance:.0f} %: they seem to come in groups, of one person, place or batch "
            f"each. See for instance rows {rows[0]} and {rows[1]}, counted from 1.",
            "Look at these rows. If they belong together, add a column that says so, and keep them "
            "on one side of each split: --groups COLUMN.",
            "warning",
        ),
    )
