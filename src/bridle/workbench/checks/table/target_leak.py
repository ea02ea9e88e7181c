r"""BR201: single columns that determine the target.

A column is reported only if chance would hardly do it: a target with class counts
:math:`n_1, \dots, n_K` can be arranged over the rows in :math:`n! / (n_1! \cdots n_K!)` ways, of
which at most :math:`K^m` put one class on each of m given groups of rows, and :math:`K!` put the
classes side by side along an ordered column. The fraction of such arrangements, times the number of
columns examined, must be below 1e-4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln
from scipy.stats import rankdata

from bridle.arguments.option_words import option
from bridle.types import Array, Flags
from bridle.workbench.checks.splits.similar_rows.repeats import distinct_rows
from bridle.workbench.checks.table.few_values import few_values
from bridle.workbench.columns.columns import numbers
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = ["CODE", "CORRELATION", "EXPLANATION", "check", "evidence", "pearson"]

CODE = "BR201 target-leak"

EXPLANATION = Explanation(
    finds=(
        "A column, or a position of images and sequences, determines the target by itself, beyond "
        "chance."
    ),
    matters=(
        "If it is known only once the target is, no result of the study holds for new rows. The "
        "verdict is invalid."
    ),
    remedy=(
        "Leave it out with --drop COLUMN; if it is known before, accept it with --accept "
        "BR201:COLUMN."
    ),
)

CORRELATION = 0.9999
"""Correlation above which a column determines the target: it leaves 0.02 % of the variance."""
_CHANCE = 1e-4
"""Tolerated probability that a column of a table does so by chance."""
_SCREEN_ROWS = 100
"""Rows on which columns are screened before all rows are ranked."""
_SCREEN_CORRELATION = 0.9
_SCREEN_MISSING = 0.5
"""Fraction of missing values in the screened rows above which a column is ranked without a screen."""


def check(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Find columns that determine the target by themselves.

    For classes: every value of the column occurs with one class only, or thresholds divide a
    numeric column into one interval per class. For a regression: the absolute correlation (Pearson
    or Spearman) of a numeric column with the target is above 0.9999. A missing value counts as a
    separate value for classes, and is ignored in a correlation.
    """
    if frame.empty:
        return ()
    # A repeated row is no additional evidence.
    rows = distinct_rows(frame, target)
    frame, target = frame.iloc[rows], target[rows]
    reasons = _of_classes(frame, target) if task.is_classification else _of_number(frame, target)
    return tuple(_finding(name, reasons[name]) for name in frame.columns if name in reasons)


def _of_classes(frame: pd.DataFrame, codes: npt.NDArray[Any]) -> dict[str, str]:
    strength = evidence(codes, frame.shape[1])
    n_classes = len(np.unique(codes))
    names, values = numbers(frame)
    lowest, highest = _class_ranges(values, codes)
    reasons = {}
    if strength > gammaln(n_classes + 1):
        for j in np.flatnonzero(_intervals(lowest, highest)):
            reasons[names[j]] = "thresholds on it separate the classes without a single error"
    enough = strength / np.log(max(n_classes, 2))
    for name, groups, n_groups in few_values(frame, enough, asked=_pure_ends(lowest, highest)):
        if _pure(groups, codes, n_groups):
            reasons[name] = "each of its values occurs with one class only"
    return reasons


def _of_number(frame: pd.DataFrame, target: Array) -> dict[str, str]:
    names, values = numbers(frame)
    # Twice as many arrangements: increasing and decreasing.
    if evidence(target, 2 * frame.shape[1]) <= 0:
        return {}
    reasons = {}
    correlation = pearson(values, target)
    for j in _monotone_candidates(values, target):
        linear = abs(correlation[j]) > CORRELATION
        if linear or abs(_spearman(values[:, j], target)) > CORRELATION:
            shape = "a straight line" if linear else "a monotone curve"
            reasons[names[j]] = f"{shape} through it gives the target almost exactly"
    return reasons


def evidence(target: npt.NDArray[Any], columns: int) -> float:
    """Return log(arrangements of the target) + log(tolerated probability / columns)."""
    counts = np.unique(target, return_counts=True)[1]
    arrangements = gammaln(counts.sum() + 1) - gammaln(counts + 1).sum()
    return float(arrangements + np.log(_CHANCE / columns))


def _class_ranges(values: Array, codes: npt.NDArray[Any]) -> tuple[Array, Array]:
    """Return lowest and highest value of each class (classes by columns), inf if missing."""
    filled = np.where(np.isnan(values), np.inf, values)
    parts = [filled[codes == code] for code in np.unique(codes)]
    return (
        np.stack([part.min(axis=0) for part in parts]),
        np.stack([part.max(axis=0) for part in parts]),
    )


def _intervals(lowest: Array, highest: Array) -> Flags:
    """Return the columns in which the ranges of the classes do not overlap."""
    order = np.argsort(lowest, axis=0)
    starts = np.take_along_axis(lowest, order, axis=0)
    ends = np.take_along_axis(highest, order, axis=0)
    return np.logical_and.reduce(ends[:-1] < starts[1:], axis=0)


def _pure_ends(lowest: Array, highest: Array) -> Flags:
    """Return the columns whose lowest and highest value each occur in a single class."""
    first = (lowest == lowest.min(axis=0)).sum(axis=0)
    last = (highest == highest.max(axis=0)).sum(axis=0)
    pure: Flags = (first == 1) & (last == 1)
    return pure


def _pure(groups: npt.NDArray[np.intp], codes: npt.NDArray[Any], n_groups: int) -> bool:
    some_code = np.empty(n_groups, dtype=codes.dtype)
    some_code[groups] = codes
    return bool((some_code[groups] == codes).all())


def pearson(values: Array, target: Array) -> Array:
    """Return the correlation of each column with the target, over its rows with a value."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    filled /= np.maximum(np.abs(filled).max(axis=0), np.finfo(float).tiny)
    centred = np.where(known, filled - filled.sum(axis=0) / count, 0.0)
    y = target - target.mean()
    y = y / max(float(np.abs(y).max()), np.finfo(float).tiny)
    y_sum, y_squares = y @ known, (y * y) @ known
    covariance = y @ centred
    variances = (centred * centred).sum(axis=0) * (y_squares - y_sum**2 / count)
    correlation: Array = np.zeros_like(covariance)
    np.divide(covariance, np.sqrt(variances), out=correlation, where=variances > 0)
    return correlation


def _spearman(column: Array, target: Array) -> float:
    known = ~np.isnan(column)
    if not known.any():
        return 0.0
    ranks = rankdata(column[known])[:, np.newaxis]
    return float(pearson(ranks, rankdata(target[known]))[0])


def _monotone_candidates(values: Array, target: Array) -> npt.NDArray[np.intp]:
    """Return the columns whose rank correlation with the target may be above 0.9999.

    Ranking all columns of a wide table is slow, so a sample of rows, spread evenly over the order of
    the target, excludes most. A rank correlation above 0.9999 over all rows implies one of at least
    0.9 on the sample.
    """
    order = np.argsort(target, kind="stable")
    spread = order[np.linspace(0, len(order) - 1, min(_SCREEN_ROWS, len(order))).astype(int)]
    ranks = rankdata(values[spread], axis=0, nan_policy="omit")
    followed = np.abs(pearson(ranks, rankdata(target[spread]))) > _SCREEN_CORRELATION
    unknown = np.isnan(values[spread]).mean(axis=0) > _SCREEN_MISSING
    return np.flatnonzero(followed | unknown)


def _finding(name: str, reason: str) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} gives the target away: {reason}.",
        f"Leave it out if it is known only once the target is: {option('drop', name)}. If it may well "
        f"be known before, accept it: {option('accept', f'BR201:{name}')}.",
        "invalid",
    )
