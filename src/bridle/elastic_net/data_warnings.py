"""Warnings about data that can be used, and about which something should be known."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.diagnosis import column_label
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.duplicates import duplicate_columns
from bridle.elastic_net.design.table import Table, block_of
from bridle.elastic_net.specification import Specification
from bridle.errors import DataWarning
from bridle.types import Index

__all__ = ["warn_about_data"]


_NAMED = 3
_EXACT_INTEGER = 2.0**53
# Standard deviations that a mean may be away from 0. Without an intercept nothing takes the mean off
# before squares are summed, in which it counts twice.
_FAR = 1e10
_FAR_WITHOUT_INTERCEPT = 1e6
# Squares of columns that are smaller than this share of the largest cannot be told from 0.
_VANISHING = 2.0**-1000
_VANISHING_ALONE = 2.0**-500


def warn_about_data(
    specification: Specification,
    source: Any,
    table: Table,
    ranges: ColumnRanges,
    stacklevel: int,
) -> None:
    """Give a `DataWarning` for each thing about X, y and the weights that should be known.

    Parameters
    ----------
    specification : Specification
    source : object
        X as it came.
    table : Table of shape (n, p)
        X as it was read.
    ranges : ColumnRanges
        Of the table.
    stacklevel : int
        As in `warnings.warn`, counted from the caller.
    """
    for text in _texts(specification, source, table, ranges):
        warnings.warn(text, DataWarning, stacklevel=stacklevel + 1)


def _texts(
    specification: Specification, source: Any, table: Table, ranges: ColumnRanges
) -> Iterator[str]:
    names = specification.terms
    if np.count_nonzero(specification.row_weights()) == 1:
        yield (
            "There is one row of positive weight: no feature can be told from the intercept, so that "
            "all coefficients are 0 if there is one. Fit more rows."
        )
        return
    vanishing = np.flatnonzero(_vanishing(specification, ranges) & (ranges.largest > 0))
    if vanishing.size:
        yield (
            f"{_count(vanishing, 'too small beside the others to be told from 0')}: "
            f"{_listed(vanishing, names)}. The coefficient may be 0. Rescale: squares are kept of "
            "numbers down to 2**-1000 of the largest, and with standardize=True of constant columns "
            "down to 2**-500."
        )
    constant = _without_spread(specification, ranges)
    if constant.size:
        yield (
            f"{_count(constant, 'constant')}: {_listed(constant, names)}. The coefficient is 0. "
            "Leave them out to be rid of this warning."
        )
    later, earlier = duplicate_columns(table, ranges)
    if later.size:
        yield (
            f"{_count(later, 'a repetition of another')}, for instance {column_label(later[0], names)} "
            f"of {column_label(earlier[0], names)}. An l2 part of the penalty gives them equal "
            "coefficients; without one only their sum is determined. Keep one of each."
        )
    most = _FAR if specification.fit_intercept else _FAR_WITHOUT_INTERCEPT
    far = _far_from_zero(table, ranges, most)
    if far.size:
        remedy = "Subtract" if specification.fit_intercept else "Fit an intercept, or subtract"
        yield (
            f"{_count(far, f'over {most:.0e} standard deviations away from 0')}: {_listed(far, names)}. "
            f"Few digits of their spread are left. {remedy} a constant from them where "
            "they are made."
        )
    rounded = _rounded_integers(source, ranges)
    if rounded.size:
        yield (
            f"{_count(rounded, 'of integers above 2**53')}: {_listed(rounded, names)}. They were "
            "rounded to the nearest float64. Subtract a constant from them, or divide them."
        )
    if specification.units.y:
        yield (
            "Squares of y leave the range of floating-point numbers, so that y was divided by "
            f"2**{specification.units.y}. Coefficients and predictions are on the scale of y; "
            "objectives, losses and scores are those of what was fitted."
        )


def _without_spread(specification: Specification, ranges: ColumnRanges) -> Index:
    """Return the columns that an intercept explains wholly, or that are 0."""
    constant = np.zeros_like(ranges.constant)
    if specification.fit_intercept:
        constant = ranges.constant & ~_vanishing(specification, ranges)
    return np.flatnonzero(constant | (ranges.largest == 0))


def _vanishing(specification: Specification, ranges: ColumnRanges) -> npt.NDArray[np.bool_]:
    """Return which columns are so small that their squares are 0 beside those of the others."""
    vanishing = ranges.largest <= _VANISHING * ranges.largest.max()
    if specification.standardize and not specification.fit_intercept:
        # The others have the deviation 1 then, and these are left as they are.
        vanishing |= ranges.constant & (ranges.largest <= _VANISHING_ALONE)
    return vanishing


def _far_from_zero(table: Table, ranges: ColumnRanges, most: float) -> Index:
    """Return the columns whose mean is over ``most`` standard deviations away from 0."""
    narrow = (ranges.high - ranges.low <= 10 / most * ranges.largest) & ~ranges.constant
    candidates = np.flatnonzero(narrow)
    if not candidates.size:
        return candidates
    columns = block_of(table, slice(None), candidates).astype(np.float64)
    mean = columns.mean(axis=0)
    return candidates[np.abs(mean) > most * (columns - mean).std(axis=0)]


def _rounded_integers(source: Any, ranges: ColumnRanges) -> Index:
    large = np.flatnonzero(ranges.largest > _EXACT_INTEGER)
    if not large.size:
        return large
    dtypes = getattr(source, "dtypes", None)
    if dtypes is None:
        dtype = getattr(source, "dtype", None) or np.asarray(source).dtype
        return large[:0] if dtype.kind not in "iu" else large
    kinds = [getattr(one, "kind", "") for one in dtypes]
    return np.array([column for column in large if kinds[column] in "iu"], dtype=np.intp)


def _count(columns: Index, what: str) -> str:
    verb = "column of X is" if columns.size == 1 else "columns of X are"
    return f"{columns.size} {verb} {what}"


def _listed(columns: Index, names: tuple[str, ...] | None) -> str:
    listed = ", ".join(column_label(int(one), names) for one in columns[:_NAMED])
    more = columns.size - _NAMED
    return f"{listed} and {more} more" if more > 0 else listed
