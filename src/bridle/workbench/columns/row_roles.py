"""Columns with the group or the time of a row, which are not features."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError

__all__ = ["group_codes", "time_order"]


def group_codes(
    groups: pd.Series[Any], n_rows: int, used: npt.NDArray[Any] | None = None
) -> npt.NDArray[np.intp]:
    """Return a code for the group of each row, in the order in which groups first occur.

    Parameters
    ----------
    groups : Series of shape (n,)
    n_rows : int
        The expected n.
    used : ndarray of bool or int, optional
        The used rows, in this order, which must not be missing. Default: all.

    Raises
    ------
    InputError
        An entry is missing, or their number is not n.
    """
    if len(groups) != n_rows:
        raise InputError(
            f"groups must have one entry for each of the {n_rows:,} rows. Received: {len(groups):,}."
        )
    if used is not None:
        groups = groups.iloc[used]
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


def time_order(
    column: pd.Series[Any], name: str
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the stable order of rows by time, and the index of each row's time in that order.

    The second array counts the distinct times up to each row, shape (n,).

    Parameters
    ----------
    column : Series of shape (n,)
        Numbers, dates, or text like 2024-03-31.
    name : str

    Raises
    ------
    InputError
        An entry is neither a number nor a date.
    """
    if column.dtype.kind not in "iufM":
        column = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    if column.isna().any():
        raise InputError(
            f"time={name!r} must hold a number or a date like 2024-03-31 in every row. Received: "
            f"{int(column.isna().sum()):,} that are neither. Correct them, or remove their rows."
        )
    order = np.argsort(column.to_numpy(), kind="stable")
    return order, np.unique(column.to_numpy()[order], return_inverse=True)[1]
