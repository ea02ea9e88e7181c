"""CSV text whose cells no spreadsheet runs: the only place where such a file is made."""

from __future__ import annotations

import pandas as pd
from pandas.api import types

__all__ = ["csv_text"]

_RUN = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins so is a formula to a spreadsheet."""


def csv_text(frame: pd.DataFrame, *, header: bool = True) -> str:
    """Return a table as CSV; numbers with all their digits, text that a spreadsheet would run after '.

    Parameters
    ----------
    frame : DataFrame
    header : bool
        Whether the names of the columns come first. Default True.
    """
    safe = frame.set_axis([_harmless(str(one)) for one in frame], axis="columns")
    for place, name in enumerate(safe.columns):
        column = safe.iloc[:, place]
        if types.is_object_dtype(column.dtype) or types.is_string_dtype(column.dtype):
            safe = safe.assign(**{name: column.map(_harmless)})
    return str(safe.to_csv(index=False, header=header, lineterminator="\n"))


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUN) else value
