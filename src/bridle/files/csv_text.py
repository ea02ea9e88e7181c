"""CSV text whose cells no spreadsheet runs: the only place where such a file is made."""

from __future__ import annotations

import re

import pandas as pd
from pandas.api import types

__all__ = ["csv_text"]

_RUN = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins so is a formula to a spreadsheet."""

_QUOTED = re.compile(r'[",\r\n]')


def csv_text(frame: pd.DataFrame, *, header: bool = True) -> str:
    """Return a table as CSV; numbers with all their digits, text that a spreadsheet would run after '.

    Several times as fast as `pandas.DataFrame.to_csv`, which writes digits by way of NumPy's text.

    Parameters
    ----------
    frame : DataFrame
    header : bool
        Whether the names of the columns come first. Default True.
    """
    columns = [_cells(frame.iloc[:, place]) for place in range(frame.shape[1])]
    lines = list(map(",".join, zip(*columns, strict=True)))
    if header:
        lines.insert(0, ",".join(_text(str(one)) for one in frame))
    return "\n".join([*lines, ""])


def _cells(column: pd.Series) -> list[str]:
    """Return the text of each value; none for a missing one."""
    if types.is_float_dtype(column.dtype):
        # The text of a whole list takes half the time of those of its numbers.
        written = repr(column.tolist())[1:-1].split(", ") if len(column) else []
        return ["" if one == "nan" else one for one in written] if column.hasnans else written
    if types.is_numeric_dtype(column.dtype) and not column.hasnans:
        return list(map(str, column.tolist()))
    distinct = {one: _text(str(one)) for one in column.dropna().unique()}
    if not column.hasnans:
        return list(map(distinct.__getitem__, column.tolist()))
    missing = column.isna().tolist()
    return [
        "" if is_missing else distinct[one]
        for one, is_missing in zip(column.tolist(), missing, strict=True)
    ]


def _text(text: str) -> str:
    harmless = f"'{text}" if text.startswith(_RUN) else text
    if _QUOTED.search(harmless):
        return '"' + harmless.replace('"', '""') + '"'
    return harmless
