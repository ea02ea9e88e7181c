"""Features as they were given, for networks that ask for them so: no scaling, no encoding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.columns.columns import names_of_kind

__all__ = ["given_features"]


def given_features(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the features of some rows in their own units, a column each.

    Parameters
    ----------
    frame : DataFrame of shape (n, p)
        As `bridle.workbench.columns.columns.canonical` gives it.

    Returns
    -------
    ndarray of shape (n, p), float64
        Finite.

    Raises
    ------
    InputError
        A column holds categories, or has missing values.
    """
    for name in names_of_kind(frame, "category"):
        raise InputError(
            "A network that asks for features as they are given must get numbers alone. Received: "
            f"categories in column {name!r}. Give their codes, or leave the column out with drop."
        )
    values = frame.astype(np.float64).to_numpy()
    missing = np.isnan(values).any(axis=0)
    if missing.any():
        raise InputError(
            "A network that asks for features as they are given must get them without gaps. "
            f"Received: missing values in column {frame.columns[int(missing.argmax())]!r}. Fill "
            "them in."
        )
    return values
