"""BR114: rows that form groups which no column names."""

from __future__ import annotations

import numpy as np

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.similar_rows.near_duplicates import NEAR, alike
from bridle.workbench.checks.splits.similar_rows.neighbours import neighbours_of
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR114 likely-groups"

EXPLANATION = Explanation(
    finds=(
        "The rows seem to form groups, such as several rows of a patient, and no column names them."
    ),
    matters="If rows of a group are in training and test, the test is too easy.",
    remedy="Name the groups with --groups COLUMN.",
)

_CLOSE = 0.5
_SURPLUS = 0.25
"""Fraction of close rows, in excess of chance, that is reported."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find that many more rows than by chance have one other row far nearer than the rest.

    Far nearer means less than half as far as the tenth neighbour. Near copies with the same target
    are reported by BR206.
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
            f"{100 * share:.0f} % of the rows have another row far nearer than the rest; by chance it "
            f"would be {100 * chance:.0f} %. They seem to form groups, for example of one person, place "
            f"or batch. See for instance rows {rows[0]} and {rows[1]}, counted from 1.",
            "Look at these rows. If they belong together, add a column with their group and keep "
            "groups together: --groups COLUMN.",
            "warning",
        ),
    )
