"""Codes of rows by which equal rows are found."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["distinct_rows", "row_codes"]


def row_codes(frame: pd.DataFrame, target: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return a code for each row, equal for rows with equal features and target.

    Rows are compared by 64-bit hashes, which need one number per row.
    """
    features = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    both = np.column_stack([features, pd.factorize(target)[0].astype(np.uint64)])
    return np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)


def distinct_rows(frame: pd.DataFrame, target: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the first row of each set of equal rows, in order."""
    return np.sort(np.unique(row_codes(frame, target), return_index=True)[1])
