"""BR115: rows in an order that matters, such as time or groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.arguments.option_words import COLUMN, option
from bridle.types import Array
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.sorted_rows import is_stretch, target_in_order
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.columns.columns import numbers
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR115 drift"

EXPLANATION = Explanation(
    finds=(
        "Neighbouring rows have similar targets; or, if later rows are predicted from earlier ones, "
        "the mean of the target or of a column moves."
    ),
    matters=(
        "Shuffled splits test rows whose neighbours are training rows; new rows have no such "
        "neighbours. And if the data move, a model meets other rows than it learnt from."
    ),
    remedy=(
        "If the rows are in order of time, name it with --time COLUMN; if neighbours belong "
        "together, name their groups with --groups COLUMN."
    ),
)


_DEVIATIONS = 5.0
"""Standard errors above which an order is not due to chance."""
_CORRELATION = 0.2
"""Correlation of neighbours' targets that is reported; below it, they share under 4 % of variance."""
_SHIFT = 0.5
"""Shift of the test rows, in standard deviations of the training rows, that is reported."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Return a finding if the order of the rows carries information.

    If the splits shuffle the rows, it does if neighbouring rows have similar targets, with a correlation
    above 0.2 and above chance. If test sets are blocks of rows, it does if the mean of the target or of
    a column over the test rows differs from that over the training rows by half a standard deviation,
    and by more than chance.
    """
    if all(is_stretch(part.test) for part in view.parts):
        return _moved(view)
    if view.groups is not None:
        return NotApplicable("groups were named, and their rows may be neighbours")
    if target_in_order(view):
        return NotApplicable("the rows are sorted by the target, and the splits shuffle them")
    return _neighbours_alike(view)


def _neighbours_alike(view: SplitView) -> tuple[Finding, ...]:
    likeness = max(_likeness(indicator) for indicator in _indicators(view))
    n = len(view.target)
    if likeness < max(_CORRELATION, _DEVIATIONS / np.sqrt(n)):
        return ()
    follows = _follows_order(view)
    return (
        Finding(
            CODE,
            None,
            f"Neighbouring rows have similar targets (correlation {likeness:.2f})"
            + (f", and column {follows!r} never decreases along the rows" if follows else "")
            + ": they seem to be sorted by time or by groups. The splits shuffle them, so test rows "
            "have neighbours among the training rows.",
            "If rows are sorted by time, predict later rows from earlier ones: "
            f"{option('time', follows or COLUMN)}. If rows belong together: "
            f"{option('groups', COLUMN)}.",
            "warning",
        ),
    )


def _moved(view: SplitView) -> tuple[Finding, ...]:
    names, values = numbers(view.frame)
    columns = [("the target", indicator) for indicator in _indicators(view)]
    columns += [(f"column {name!r}", values[:, j]) for j, name in enumerate(names)]
    shifts = {name: 0.0 for name, _ in columns}
    for name, column in columns:
        shifts[name] = max(shifts[name], *(_shift(column, p.train, p.test) for p in view.parts))
    moved = sorted(
        (name for name in shifts if shifts[name] > _SHIFT), key=lambda name: -shifts[name]
    )
    if not moved:
        return ()
    more = f", and {len(moved) - 1} more" if len(moved) > 1 else ""
    return (
        Finding(
            CODE,
            None,
            f"The data drift: the mean of {moved[0]} moves by up to {shifts[moved[0]]:.1f} standard "
            f"deviations from the training rows to the test rows after them{more}.",
            "Look at these columns along time. The risk is that of models which meet other data than "
            "they learnt from; a column that only counts time should be left out.",
            "warning",
        ),
    )


def _indicators(view: SplitView) -> list[Array]:
    """Return the target as numbers: one column, or an indicator per class."""
    target = view.target.astype(np.float64)
    if view.task.n_outputs == 1:
        return [target]
    return [(target == code).astype(np.float64) for code in range(len(view.task.classes))]


def _likeness(column: Array) -> float:
    """Return the correlation of neighbouring rows, or of the rows with their order."""
    centred = column - column.mean()
    total = float(centred @ centred)
    if total == 0:
        return 0.0
    order = np.arange(len(column)) - (len(column) - 1) / 2
    along = abs(float(centred @ order)) / np.sqrt(total * float(order @ order))
    return max(float(centred[1:] @ centred[:-1]) / total, along)


def _follows_order(view: SplitView) -> str | None:
    """Return a column whose values never decrease along the rows."""
    names, values = numbers(view.frame)
    falls = (~(np.diff(values, axis=0) >= 0)).sum(axis=0)
    return next((names[j] for j in np.flatnonzero(falls == 0)), None)


def _shift(column: Array, train: npt.NDArray[np.intp], test: npt.NDArray[np.intp]) -> float:
    """Return the shift of the mean in standard deviations; 0 if it may be due to chance."""
    before, after = (part[~np.isnan(part)] for part in (column[train], column[test]))
    if min(len(before), len(after)) < 2 or before.std() == 0:
        return 0.0
    shift = abs(float(after.mean() - before.mean())) / float(before.std())
    chance = np.sqrt(1 / len(before) + 1 / len(after))
    return shift if shift > _DEVIATIONS * chance else 0.0
