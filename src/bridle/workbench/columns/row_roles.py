"""Columns that say something about a row instead of describing it: its group, its time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError, UnknownNameError
from bridle.real_numbers import shown

__all__ = ["group_codes", "group_column", "in_time_order"]


def group_codes(
    groups: pd.Series[Any], n_rows: int, used: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.intp]:
    """Return a code for each row's group, in the order in which groups first occur.

    Parameters
    ----------
    groups : Series of shape (n,)
    n_rows : int
        The n that is expected.
    used : ndarray of shape (n,), optional
        Which rows count, of which none is missing. Default: all.

    Raises
    ------
    InputError
        An entry is missing, or there are more or fewer than n.
    """
    if len(groups) != n_rows:
        raise InputError(
            f"groups must have one entry for each of the {n_rows:,} rows. Received: {len(groups):,}."
        )
    if used is not None:
        groups = groups[used]
    if groups.isna().any():
        raise InputError(
            f"groups must name a group in every row. Received: {int(groups.isna().sum()):,} missing. "
            "Fill them in, or remove their rows."
        )
    try:
        return pd.factorize(groups)[0]
    except TypeError as error:
        raise InputError(
            f"groups must be numbers or text. Received: {shown(groups.iloc[0])} in the first row."
        ) from error


def group_column(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """Return the table without the column that names the groups, and the code of each row's.

    Raises
    ------
    UnknownNameError
        There is no such column.
    InputError
        An entry is missing.
    """
    _refuse_unknown(frame, "groups", name)
    return frame.drop(columns=name), group_codes(frame[name], len(frame))


def in_time_order(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """Return the rows in the order of a column, equal ones as they stand, without that column.

    The second value counts the distinct times up to each row, shape (n,).

    Parameters
    ----------
    frame : DataFrame
        Not changed.
    name : str
        A column of numbers, dates, or text like 2024-03-31.

    Raises
    ------
    UnknownNameError
        There is no such column.
    InputError
        An entry is neither number nor date.
    """
    _refuse_unknown(frame, "time", name)
    column = frame[name]
    if column.dtype.kind not in "iufM":
        column = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    if column.isna().any():
        raise InputError(
            f"time={name!r} must hold a number or a date like 2024-03-31 in every row. Received: "
            f"{int(column.isna().sum()):,} that are neither. Mend them, or remove their rows."
        )
    order = np.argsort(column.to_numpy(), kind="stable")
    times = column.to_numpy()[order]
    return frame.iloc[order].drop(columns=name), np.unique(times, return_inverse=True)[1]


def _refuse_unknown(frame: pd.DataFrame, argument: str, name: str) -> None:
    if name not in frame.columns:
        raise UnknownNameError(f"column for {argument}", name, frame.columns)
