"""Features without scaling or encoding, for networks that expect them so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.columns.columns import names_of_kind

__all__ = ["given_features"]


def given_features(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the features of some rows in their original units, one column each.

    Parameters
    ----------
    frame : DataFrame of shape (n, p)
        In the forms of `bridle.workbench.columns.columns.canonical`.

    Returns
    -------
    ndarray of shape (n, p), float64
        Finite numbers.

    Raises
    ------
    InputError
        A column holds categories, or has missing values.
    """
    for name in names_of_kind(frame, "category"):
        raise InputError(
            "A network that expects original units needs numeric features. Received: categories in "
            f"column {name!r}. Give their codes, or leave the column out with drop."
        )
    values = frame.astype(np.float64).to_numpy()
    missing = np.isnan(values).any(axis=0)
    if missing.any():
        raise InputError(
            "A network that expects original units needs features without missing values. "
            f"Received: missing values in column {frame.columns[int(missing.argmax())]!r}. Fill "
            "them in, integer codes for instance with a code of their own."
        )
    return values
