"""BR101: columns that identify rows instead of describing them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from bridle.types import Array
from bridle.workbench.columns.columns import names_of_kind
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR101 identifier-column"

_DISTINCT = "all its values are distinct"

EXPLANATION = Explanation(
    finds=(
        "A column names or numbers the rows: consecutive whole numbers, or rising ones with small gaps, "
        "whole numbers under a name such as id, words without a repeat, or row numbers written by a "
        "program."
    ),
    matters=(
        "A model can memorise rows by it, but new rows have other names. The column is left out."
    ),
    remedy=(
        "Nothing to do. If it is a quantity, write it with a decimal point; if it is a category, "
        "group its values so that each occurs several times."
    ),
)

_PROGRAMS = (
    r"unnamed: \d+(\.\d+)*(_level_\d+)?|unnamed_\d+|level_\d+|__index_level_\d+__"
    r"|index(_[xy]|\.\d+)?|row[._ ]?names?|x\.\d+|\.\.\.\d+|_c0|__rowid__"
)
_LEFT_BY_PROGRAMS = re.compile(rf"^({_PROGRAMS})$", re.IGNORECASE)
"""Names that pandas, R, Arrow and Spark give to row numbers."""

_NAME = re.compile(
    rf"^({_PROGRAMS}|row[_ ]?(n(umber|o|r)?|id|index)|id_?|idx|key|row|uuid|guid|#|no\.?|nr\.?|obs\.?)$"
    r"|^(s|sr|sl|case|order|record|serial)[._ ]*(no|nr|num)\.?$|^observation$"
    r"|^(user|customer|order|patient|client|account|transaction|session|record)id$"
    r"|[\W_](id|key|uuid|guid)$",
    re.IGNORECASE,
)
_LEAST_RUN = 10
"""Mean length of a block of rising numbers from which these count as row numbers. Of numbers in random
order, blocks have two on average."""

_QUANTITY = re.compile(
    r"(^|[\W_])(years?|yrs?|jahre?|ann[ée]es?|an|años?|anos?|ages?|alter|edad|idade|dos(e|is|es)"
    r"|months?|monate?|weeks?|wochen?|days?|tage?|hours?|minutes?|seconds?|time|zeit|dates?|periods?|season|quarter)$",
    re.IGNORECASE,
)
"""Names of times, ages and doses, which rise with the rows of an experiment or a series."""

_FIRST_YEAR, _LAST_YEAR = 1500, 2100

_CAMEL_NAME = re.compile(r"[a-z](Id|ID)$")


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find columns of distinct values that look like identifiers of the rows.

    Text looks like an identifier if no value contains white space; integers do if they are
    consecutive, if they rise with the rows and fill half of their range, as after rows were left out,
    or if the column has the name of an identifier. The first two do not hold for years, for columns with
    a name such as age or day, and for equal steps of 2 or more, which are quantities of a series or an
    experiment. Whole numbers under a name that pandas, R, Arrow or Spark give to row numbers may repeat,
    as in tables that were concatenated, be floats, or be missing in some rows. Otherwise floats never
    look like an identifier, nor does a column with missing values.
    """
    if len(frame) < 2:
        return ()
    found = {
        **dict.fromkeys(_row_numbers(frame), "its numbers rise with the rows, and start again"),
        **dict.fromkeys(
            (*_distinct_row_numbers(frame), *_integer_columns(frame), *_text_columns(frame)),
            _DISTINCT,
        ),
    }
    return tuple(_finding(name, found[name]) for name in frame.columns if name in found)


def _row_numbers(frame: pd.DataFrame) -> list[str]:
    """Return columns that repeat row numbers: long blocks of rows, with rising numbers in each."""
    return [
        name
        for name, values in _numbers_of_programs(frame)
        if _runs(values) <= len(values) / _LEAST_RUN
    ]


def _distinct_row_numbers(frame: pd.DataFrame) -> list[str]:
    return [
        name
        for name, values in _numbers_of_programs(frame)
        if len(np.unique(values)) == len(values)
    ]


def _numbers_of_programs(frame: pd.DataFrame) -> Iterator[tuple[str, Array]]:
    """Yield name and values of the columns of whole numbers under a name that programs give."""
    named = [name for name in frame.columns if _LEFT_BY_PROGRAMS.search(name)]
    for name in frame[named].select_dtypes("number").columns:
        values = frame[name].dropna().to_numpy(dtype=np.float64)
        if len(values) > 1 and (values == np.rint(values)).all():
            yield name, values


def _runs(values: Array) -> int:
    return 1 + int((values[1:] <= values[:-1]).sum())


def _integer_columns(frame: pd.DataFrame) -> list[str]:
    integers = frame.select_dtypes("integer")
    if integers.empty:
        return []
    lowest, highest = integers.min().to_numpy(), integers.max().to_numpy()
    called = np.array([bool(_NAME.search(n) or _CAMEL_NAME.search(n)) for n in integers.columns])
    are_years = (lowest >= _FIRST_YEAR) & (highest <= _LAST_YEAR)
    is_quantity = are_years | np.array([bool(_QUANTITY.search(n)) for n in integers.columns])
    is_full = (highest - lowest == len(frame) - 1) & ~is_quantity
    has_gaps = (highest - lowest < 2 * len(frame)) & ~is_quantity
    may_rise = has_gaps & (len(frame) >= 2 * _LEAST_RUN)
    found = integers.columns[is_full | called]
    rising = integers.columns[may_rise & ~is_full & ~called]
    return [
        *(name for name in found if integers[name].is_unique),
        *(name for name in rising if _rises(integers[name].to_numpy(dtype=np.float64))),
    ]


def _rises(values: Array) -> bool:
    """Return whether numbers rise with the rows, by unequal steps, as if rows were left out."""
    return _runs(values) == 1 and len(np.unique(np.diff(values))) > 1


def _text_columns(frame: pd.DataFrame) -> list[str]:
    return [name for name in names_of_kind(frame, "category") if _names_rows(frame[name])]


def _names_rows(column: pd.Series[Any]) -> bool:
    if column.hasnans or not column.is_unique:
        return False
    return not column.str.contains(r"\s").any()


def _finding(name: str, why: str) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} looks like an identifier: {why}. It is left out.",
        "Nothing to do; if it is a quantity, write it with a decimal point.",
        "warning",
    )
