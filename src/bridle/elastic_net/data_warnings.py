"""Warnings about usable but doubtful data, such as constant or repeated columns."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.frames import column_kinds
from bridle.arguments.not_finite import column_label
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.duplicates import duplicate_columns
from bridle.elastic_net.design.table import Table, block_of
from bridle.elastic_net.loss import JoinedLoss
from bridle.elastic_net.specification import Specification
from bridle.errors import DataWarning
from bridle.types import Index

__all__ = ["warn_about_data"]


# Columns that a warning names; more would hide the remedy.
_NAMED = 3
# Beyond it, float64 does not hold all integers.
_EXACT_INTEGER = 2.0**53
# Largest distance of a mean from 0, in standard deviations. Without an intercept the mean is not
# subtracted before squares are summed, so twice as many digits are lost.
_FAR = 1e10
_FAR_WITHOUT_INTERCEPT = 1e6
# The squares of columns below this fraction of the largest column underflow to 0.
_VANISHING = 2.0**-1000
# The square of an unscaled column is then below 2**-1000.
_VANISHING_ALONE = 2.0**-500


def warn_about_data(
    specification: Specification,
    source: Any,
    table: Table,
    ranges: ColumnRanges,
    stacklevel: int,
    origin: Index | None = None,
) -> None:
    """Issue a `DataWarning` for each oddity of X, y or the weights.

    Parameters
    ----------
    specification : Specification
    source : object
        X as the user passed it.
    table : Table of shape (n, p)
        X as a table.
    ranges : ColumnRanges
        Ranges of the columns of the table.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.
    origin : ndarray of int of shape (p,), optional
        The column of the source of which each column of the table is made. Default: the same.
    """
    for text in _texts(specification, source, table, ranges, origin):
        warnings.warn(text, DataWarning, stacklevel=stacklevel + 1)


def _texts(
    specification: Specification,
    source: Any,
    table: Table,
    ranges: ColumnRanges,
    origin: Index | None,
) -> Iterator[str]:
    names = specification.terms
    weights = specification.weights
    rows = table.shape[0] if weights is None else np.count_nonzero(weights)
    if rows == 1:
        yield (
            "Only one row has a positive weight. With an intercept, all coefficients are 0, because "
            "every feature is constant. Fit more rows."
        )
        return
    later, earlier = duplicate_columns(table, ranges)
    if not later.size and _is_ordinary(ranges) and not specification.units.y:
        return
    tiny = _vanishing(specification, ranges)
    vanishing = np.flatnonzero(tiny & (ranges.largest > 0))
    if vanishing.size:
        yield (
            f"{_count(vanishing, 'too small beside the others to be distinguished from 0')}: "
            f"{_listed(vanishing, names)}. The coefficient may be 0. Rescale X: its values must be at "
            "least 2**-1000 of the largest; in constant columns, with standardize=True, at least "
            "2**-500."
        )
    constant = _without_spread(specification, ranges, tiny)
    if constant.size:
        yield (
            f"{_count(constant, 'constant')}: {_listed(constant, names)}. The coefficient is 0. "
            "Drop constant columns to avoid this warning."
        )
    if later.size:
        yield (
            f"{_count(later, 'a repetition of another')}, for instance {column_label(later[0], names)} "
            f"of {column_label(earlier[0], names)}. With an l2 penalty, equal columns get equal "
            "coefficients; without it, only the sum is determined. Keep one of each."
        )
    most = _FAR if specification.fit_intercept else _FAR_WITHOUT_INTERCEPT
    far = _far_from_zero(table, ranges, most)
    if far.size:
        shifts = specification.fit_intercept or isinstance(specification.loss, JoinedLoss)
        remedy = "Subtract" if shifts else "Fit an intercept, or subtract"
        yield (
            f"{_count(far, f'over {most:.0e} standard deviations away from 0')}: {_listed(far, names)}. "
            f"Few digits of the spread are left in float64. {remedy} a constant when the values are "
            "first computed."
        )
    rounded = _rounded_integers(source, ranges, origin)
    if rounded.size:
        yield (
            f"{_count(rounded, 'of integers above 2**53')}: {_listed(rounded, names)}. They were "
            "rounded to the nearest float64. Subtract a constant, or divide, before passing X."
        )
    if specification.units.y:
        yield (
            "The squares of y are outside the float64 range, so y was divided by "
            f"2**{specification.units.y}. Coefficients and predictions are on the scale of y; "
            "objectives, losses and scores are on the divided scale."
        )


def _is_ordinary(ranges: ColumnRanges) -> bool:
    """Return True if the sizes of columns alone rule out every warning about them but repetitions."""
    smallest, largest = ranges.largest.min(), ranges.largest.max()
    if not _VANISHING_ALONE < smallest <= largest <= _EXACT_INTEGER:
        return False
    return bool((ranges.high - ranges.low > 10 / _FAR_WITHOUT_INTERCEPT * ranges.largest).all())


def _without_spread(
    specification: Specification, ranges: ColumnRanges, vanishing: npt.NDArray[np.bool_]
) -> Index:
    """Return the columns that are 0, or constant if there is an intercept."""
    constant = np.zeros_like(ranges.constant)
    if specification.fit_intercept:
        constant = ranges.constant & ~vanishing
    return np.flatnonzero(constant | (ranges.largest == 0))


def _vanishing(specification: Specification, ranges: ColumnRanges) -> npt.NDArray[np.bool_]:
    """Return which columns are so small beside the others that their squares underflow."""
    vanishing = ranges.largest <= _VANISHING * ranges.largest.max()
    if specification.standardize and not specification.fit_intercept:
        # Standardising scales the other columns to 1 and leaves constant columns as they are.
        vanishing |= ranges.constant & (ranges.largest <= _VANISHING_ALONE)
    return vanishing


def _far_from_zero(table: Table, ranges: ColumnRanges, most: float) -> Index:
    """Return the columns whose mean is more than ``most`` standard deviations from 0."""
    narrow = (ranges.high - ranges.low <= 10 / most * ranges.largest) & ~ranges.constant
    candidates = np.flatnonzero(narrow)
    if not candidates.size:
        return candidates
    columns = block_of(table, slice(None), candidates).astype(np.float64)
    mean = columns.mean(axis=0)
    return candidates[np.abs(mean) > most * (columns - mean).std(axis=0)]


def _rounded_integers(source: Any, ranges: ColumnRanges, origin: Index | None) -> Index:
    large = np.flatnonzero(ranges.largest > _EXACT_INTEGER)
    if not large.size:
        return large
    kinds = [kind for _, kind, _ in column_kinds(source)]
    if kinds:
        places = large if origin is None else origin[large]
        return large[[kinds[place] == "integer" for place in places]]
    dtype = getattr(source, "dtype", None) or np.asarray(source).dtype
    return large if dtype.kind in "iu" else large[:0]


def _count(columns: Index, what: str) -> str:
    verb = "column of X is" if columns.size == 1 else "columns of X are"
    return f"{columns.size} {verb} {what}"


def _listed(columns: Index, names: tuple[str, ...] | None) -> str:
    listed = ", ".join(column_label(int(column), names) for column in columns[:_NAMED])
    more = columns.size - _NAMED
    return f"{listed} and {more} more" if more > 0 else listed
