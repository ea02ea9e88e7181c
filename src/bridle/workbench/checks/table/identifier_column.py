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

EXPLANATION = Explanation(
    finds="A column has distinct values that look like names of rows.",
    matters=(
        "A model can learn rows by heart from it, and new rows have other names. The column is "
        "left out."
    ),
    remedy="If its values mean something, write them as numbers or as categories that repeat.",
)

_NAME = re.compile(
    # First the names that pandas, R and Arrow give to row numbers.
    r"^(unnamed: \d+|level_\d+|__index_level_\d+__|rownames?|row[_ ]?n(umber|o|r)?)$"
    r"|^(id|idx|index|key|row|uuid|guid)$|[\W_](id|key|uuid|guid)$",
    re.IGNORECASE,
)
_CAMEL_NAME = re.compile(r"[a-z](Id|ID)$")


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find columns of distinct values that look like identifiers of the rows.

    Text looks like an identifier if no value contains white space; integers do if they are
    consecutive or if the column has the name of an identifier. Floats never do, nor does a column
    with missing values.
    """
    if len(frame) < 2:
        return ()
    found = {*_integer_columns(frame), *_text_columns(frame)}
    return tuple(_finding(name) for name in frame.columns if name in found)


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


def _finding(name: str) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} looks like an identifier: all its values are distinct. It is left out.",
        "Nothing to do; if it is a quantity, write it with a decimal point.",
        "warning",
    )
