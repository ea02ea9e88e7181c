"""BR101: columns that identify rows instead of describing them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from bridle.workbench.columns.columns import names_of_kind
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR101 identifier-column"

_DISTINCT = "all its values are distinct"

EXPLANATION = Explanation(
    finds=(
        "A column names or numbers the rows: consecutive whole numbers, whole numbers under a name such "
        "as id, words without a repeat, or row numbers written by a program."
    ),
    matters=(
        "A model can memorise rows by it, but new rows have other names. The column is left out."
    ),
    remedy=(
        "Nothing to do. If it is a quantity, write it with a decimal point; if it is a category, "
        "group its values so that each occurs several times."
    ),
)

_NAME = re.compile(
    # First the names that pandas, R and Arrow give to row numbers.
    r"^(unnamed: \d+|level_\d+|__index_level_\d+__|rownames?|row[_ ]?n(umber|o|r)?)$"
    r"|^(id|idx|index|key|row|uuid|guid)$|[\W_](id|key|uuid|guid)$",
    re.IGNORECASE,
)
_LEFT_BY_PROGRAMS = re.compile(
    r"^(unnamed: 0|index|level_\d+|__index_level_\d+__|rownames?)$", re.IGNORECASE
)
_LEAST_RUN = 10
"""Mean length of a block of rising numbers from which these count as row numbers. Of numbers in random
order, blocks have two on average."""

_CAMEL_NAME = re.compile(r"[a-z](Id|ID)$")


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find columns of distinct values that look like identifiers of the rows.

    Text looks like an identifier if no value contains white space; integers do if they are
    consecutive or if the column has the name of an identifier. Integers under a name that pandas, R
    or Arrow give to row numbers may repeat, as in tables that were concatenated. Floats never look like
    an identifier, nor does a column with missing values.
    """
    if len(frame) < 2:
        return ()
    found = {
        **dict.fromkeys(_row_numbers(frame), "its numbers rise with the rows, and start again"),
        **dict.fromkeys((*_integer_columns(frame), *_text_columns(frame)), _DISTINCT),
    }
    return tuple(_finding(name, found[name]) for name in frame.columns if name in found)


def _row_numbers(frame: pd.DataFrame) -> list[str]:
    """Return columns of row numbers that repeat: long blocks of rows, with rising numbers in each."""
    named = [name for name in frame.columns if _LEFT_BY_PROGRAMS.search(name)]
    integers = frame[named].select_dtypes("integer")
    return [name for name in integers.columns if _runs(integers[name]) <= len(frame) / _LEAST_RUN]


def _runs(column: pd.Series[Any]) -> int:
    values = column.to_numpy()
    return 1 + int((values[1:] <= values[:-1]).sum())


def _integer_columns(frame: pd.DataFrame) -> list[str]:
    integers = frame.select_dtypes("integer")
    if integers.empty:
        return []
    lowest, highest = integers.min().to_numpy(), integers.max().to_numpy()
    called = np.array([bool(_NAME.search(n) or _CAMEL_NAME.search(n)) for n in integers.columns])
    candidates = (highest - lowest == len(frame) - 1) | called
    return [name for name in integers.columns[candidates] if integers[name].is_unique]


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
