"""BR206: test rows that nearly equal a training row (noisy copies, repeated measurements)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.arguments.option_words import COLUMN, option
from bridle.types import Flags
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.similar_rows.neighbours import Neighbours, neighbours_of
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.columns.columns import numbers
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "NEAR", "alike", "check"]

CODE = "BR206 near-duplicate-rows"

EXPLANATION = Explanation(
    finds="Test rows nearly equal training rows, target included, beyond chance.",
    matters=(
        "A model that memorises rows then looks good. From 5 % of the test rows on, the verdict is "
        "invalid."
    ),
    remedy="Remove near copies, or name the groups they belong to with --groups COLUMN.",
)

NEAR = 0.1
"""A near copy is at least ten times nearer than the tenth neighbour."""

_SAME_TARGET = 0.05
"""Numeric targets within this many standard deviations count as equal."""
_LEAST_COPIES = 4
_INVALID_SHARE = 0.05
"""Fraction of test rows with a near copy from which the verdict is invalid, as for BR202."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find rows that have a near copy, which one row in a thousand has by chance.

    A near copy has the same target and the same values in columns of few values, and is far nearer
    in the other columns than rows usually are. If 5 % of the test rows have a near copy among the
    training rows, the verdict is invalid.
    """
    near = neighbours_of(view.frame)
    if near is None:
        return NotApplicable("there are few rows, or fewer than two columns of many values")
    copies = near.closer(NEAR) & alike(view, near)
    if copies.sum() < max(_LEAST_COPIES, 0.01 * len(copies)):
        return ()
    share = float(np.mean([_share(near, copies, part.train, part.test) for part in view.parts]))
    if share == 0:
        return ()
    return (
        Finding(
            CODE,
            None,
            f"About {100 * share:.3g} % of the test rows nearly equal a training row, including the "
            f"target: for instance rows {_example(near, copies)}, counted from 1.",
            "Look at these rows. Remove the copies or, if they are repeated measurements, name a "
            f"column of groups that belong together: {option('groups', COLUMN)}.",
            "invalid" if share >= _INVALID_SHARE else "warning",
        ),
    )


def alike(view: SplitView, near: Neighbours) -> Flags:
    """Return which rows equal their neighbour in the target and in columns of few values."""
    target = view.target.astype(np.float64)
    apart = np.abs(target[near.rows] - target[near.nearest])
    same: Flags = apart <= (0.0 if view.task.is_classification else _SAME_TARGET * target.std())
    for name in set(view.frame.columns) - set(numbers(view.frame)[0]):
        values = view.frame[name].astype(object).where(view.frame[name].notna(), None).to_numpy()
        same = same & (values[near.rows] == values[near.nearest])
    return same


def _share(
    near: Neighbours, copies: Flags, train: npt.NDArray[np.intp], test: npt.NDArray[np.intp]
) -> float:
    tested = np.isin(near.rows, test)
    if not tested.any():
        return 0.0
    return float((copies & np.isin(near.nearest, train))[tested].mean())


def _example(near: Neighbours, copies: Flags) -> str:
    first = int(np.flatnonzero(copies)[near.ratio[copies].argmin()])
    return " and ".join(str(row + 1) for row in sorted((near.rows[first], near.nearest[first])))
