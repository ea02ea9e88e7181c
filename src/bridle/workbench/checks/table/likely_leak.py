r"""BR110: columns that nearly determine the target, and pairs of columns that do.

These are suspicions: real data have such columns too, but a leak is more often the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

from bridle.arguments.option_words import option
from bridle.types import Array, Index
from bridle.workbench.checks.splits.similar_rows.repeats import distinct_rows
from bridle.workbench.checks.table.few_values import few_values
from bridle.workbench.checks.table.target_leak import CORRELATION, evidence, pearson
from bridle.workbench.columns.columns import numbers
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR110 likely-leak"

EXPLANATION = Explanation(
    finds=(
        "A column determines the target except for a few rows or a little noise, or the sum or "
        "difference of two columns determines it."
    ),
    matters="A model then looks good in the study, and fails where the target is not known yet.",
    remedy="Leave the column out with --drop COLUMN if it is known only once the target is.",
)

_CORRELATION = 0.99
"""Correlation from which a column is suspected: it leaves 2 % of the target's variance, the share that a
study takes as too small to matter."""
_EXCEPTIONS, _EXCEPTION_SHARE = 2, 0.01
"""Largest number of rows that a column may misclassify: two, or one in a hundred if that is more."""
_SHARE_OF_ERRORS = 0.1
"""Largest number of exceptions, relative to the errors of always predicting the largest class."""
_MOST_ROWS = 20_000
"""A larger table is thinned to fewer than twice as many rows, evenly: enough for one exception in a
hundred, and the time stays bounded."""
_MOST_PAIRED = 2000
"""Columns beyond which pairs are not tried, since a matrix of all pairs is made."""
_PAIRS_TRIED = 20
"""Pairs, of those that correlate most, whose sum or difference is computed."""


def check(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Find columns, and sums and differences of two columns, that are close to the target.

    For classes: the values of a column, or thresholds on it, determine the class except for two
    rows or one row in a hundred; or the sign of the difference or sum of two columns separates two
    classes without an error. For a regression: the correlation of a column with the target is above
    0.99, up to 0.9999; or that of the difference or sum of two columns is above 0.9999. All this
    must exceed chance.
    """
    if frame.empty:
        return ()
    rows = distinct_rows(frame, target)
    rows = rows[:: max(1, len(rows) // _MOST_ROWS)]
    frame, target = frame.iloc[rows], target[rows]
    of_columns, of_pairs = (
        (_nearly_of_classes, _pairs_of_classes)
        if task.is_classification
        else (_nearly_of_number, _pairs_of_number)
    )
    reasons = of_columns(frame, target)
    found = [_finding(name, reasons[name]) for name in frame.columns if name in reasons]
    if len(reasons) == 0 and (pair := of_pairs(frame, target)):
        found.append(_finding_of_pair(*pair))
    return tuple(found)


def _nearly_of_number(frame: pd.DataFrame, target: Array) -> dict[str, str]:
    names, values = numbers(frame)
    if evidence(target, 2 * frame.shape[1]) <= 0:
        return {}
    correlation = np.abs(pearson(values, target))
    return {
        names[j]: f"its correlation with it is {correlation[j]:.4f}"
        for j in np.flatnonzero((correlation > _CORRELATION) & (correlation <= CORRELATION))
    }


def _nearly_of_classes(frame: pd.DataFrame, codes: npt.NDArray[Any]) -> dict[str, str]:
    codes = pd.factorize(codes)[0]
    counts = np.bincount(codes)
    n, n_classes = len(codes), len(counts)
    most = min(
        max(_EXCEPTIONS, int(_EXCEPTION_SHARE * n)),
        int(_SHARE_OF_ERRORS * (n - counts.max())),
    )
    if most < 1:
        return {}
    # An exception can be any row and belong to any other class.
    strength = evidence(codes, frame.shape[1]) - (
        gammaln(n + 1) - gammaln(most + 1) - gammaln(n - most + 1) + most * np.log(n_classes)
    )
    reasons = {}
    number_names, values = numbers(frame)
    if strength > gammaln(n_classes + 1):
        for name, column in zip(number_names, values.T, strict=True):
            errors = _threshold_errors(column, codes)
            if 0 < errors <= most:
                reasons[name] = f"thresholds on it separate the classes, {_but_for(errors)}"
    for name, groups, n_groups in few_values(frame, strength / np.log(max(n_classes, 2))):
        if name in reasons:
            continue
        table = np.bincount(groups * n_classes + codes, minlength=n_groups * n_classes)
        errors = n - int(table.reshape(n_groups, n_classes).max(axis=1).sum())
        if 0 < errors <= most:
            reasons[name] = f"each of its values occurs with one class, {_but_for(errors)}"
    return reasons


def _threshold_errors(column: Array, codes: Index) -> int:
    """Return the number of rows misclassified by thresholds, with classes ordered by mean."""
    known = ~np.isnan(column)
    counts = np.bincount(codes, minlength=int(codes.max()) + 1)
    if not known.all() or np.ptp(column) == 0:
        return len(codes)
    means = np.bincount(codes, weights=column) / counts
    order = np.argsort(np.argsort(means))[codes]
    ranks = np.argsort(column, kind="stable")
    placed = order[ranks]
    ends = np.append(np.diff(column[ranks]) > 0, True)
    errors = 0
    for cut in range(1, len(counts)):
        low = placed < cut
        wrong_before = np.cumsum(~low)
        wrong_after = low.sum() - np.cumsum(low)
        errors += int((wrong_before + wrong_after)[ends].min())
    return errors


def _pairs_of_number(frame: pd.DataFrame, target: Array) -> tuple[str, str, str, str] | None:
    names, values = numbers(frame)
    if len(names) < 2 or evidence(target, 2 * len(names) ** 2) <= 0:
        return None
    # If a column equals the target, so does its sum with any small column.
    alone = np.abs(pearson(values, target)) > _CORRELATION
    for a, b, sign, correlation in _best_pairs(values, target):
        if abs(correlation) > CORRELATION and not (alone[a] or alone[b]):
            return names[a], names[b], sign, "is the target almost exactly"
    return None


def _pairs_of_classes(
    frame: pd.DataFrame, codes: npt.NDArray[Any]
) -> tuple[str, str, str, str] | None:
    names, values = numbers(frame)
    codes = pd.factorize(codes)[0]
    if len(names) < 2 or codes.max() != 1 or evidence(codes, 2 * len(names) ** 2) <= 0:
        return None
    for a, b, sign, _ in _best_pairs(values, codes.astype(np.float64)):
        if any(_threshold_errors(values[:, column], codes) == 0 for column in (a, b)):
            continue
        both = values[:, a] - values[:, b] if sign == "difference" else values[:, a] + values[:, b]
        if _threshold_errors(both, codes) == 0:
            return names[a], names[b], sign, "separates the classes without a single error"
    return None


def _best_pairs(values: Array, target: Array) -> Iterator[tuple[int, int, str, float]]:
    """Yield the differences and sums of two columns that correlate most with the target.

    Columns with missing values, and pairs of very different size, are not used.
    """
    whole = np.flatnonzero(~np.isnan(values).any(axis=0) & (np.ptp(values, axis=0) > 0))
    whole = whole[:_MOST_PAIRED]
    if len(whole) < 2:
        return
    block = values[:, whole]
    # Scaling by powers of two keeps squares in range and differences exact.
    block = block * 2.0 ** -np.ceil(np.log2(np.abs(block).max()))
    centred = block - block.mean(axis=0)
    y = target - target.mean()
    y = y / np.abs(y).max()
    covariance, variances = centred.T @ centred, y @ y
    along = centred.T @ y
    own = np.diag(covariance)
    found: list[tuple[float, int, int, str]] = []
    for sign, word in ((-1.0, "difference"), (1.0, "sum")):
        spread = own[:, None] + own[None, :] + 2 * sign * covariance
        # Differences below rounding are treated as 0.
        spread = np.where(spread > 1e-12 * (own[:, None] + own[None, :]), spread, np.inf)
        correlation = (along[:, None] + sign * along[None, :]) / np.sqrt(spread * variances)
        size = np.abs(np.triu(correlation, 1))
        best = np.argpartition(size, -min(_PAIRS_TRIED, size.size), axis=None)[-_PAIRS_TRIED:]
        for a, b in zip(*np.unravel_index(best, size.shape), strict=True):
            found.append((float(correlation[a, b]), int(whole[a]), int(whole[b]), word))
    for correlation, a, b, word in sorted(found, key=lambda entry: -abs(entry[0])):
        yield a, b, word, correlation


def _but_for(errors: int) -> str:
    return f"except for {errors:,} {'row' if errors == 1 else 'rows'}"


def _finding(name: str, reason: str) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} nearly gives the target away: {reason}.",
        "Check when and how it is known. If it is known only once the target is, or is computed from "
        f"the target, leave it out: {option('drop', name)}.",
        "warning",
    )


def _finding_of_pair(first: str, second: str, sign: str, what: str) -> Finding:
    return Finding(
        CODE,
        None,
        f"The {sign} of columns {first!r} and {second!r} {what}.",
        "Check whether the target was computed from them. If so, there is nothing to learn, and one of "
        f"them should be left out: {option('drop', second)}.",
        "warning",
    )
