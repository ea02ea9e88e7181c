"""Codes of rows by which equal rows are found."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.types import Array

__all__ = ["distinct_rows", "row_codes"]

Hashes = npt.NDArray[np.uint64]

# Columns whose bits are mixed at a time, so that no second table is held.
_COLUMNS_A_BLOCK = 256
# The odd multipliers of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
# generators"), after which every bit of a number changes half of the bits of its hash.
_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def row_codes(frame: pd.DataFrame, target: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return a code for each row, equal for rows with equal features and target.

    Rows are compared by 64-bit hashes: of their target, of their floats, which are hashed together since
    images and wide tables have very many, and of the other columns.
    """
    floats = np.array([dtype == np.float64 for dtype in frame.dtypes], dtype=bool)
    parts: list[npt.NDArray[Any]] = [pd.factorize(target)[0].astype(np.uint64)]
    if floats.any():
        parts.append(_hashed(frame.loc[:, floats].to_numpy()))
    if not floats.all():
        others = pd.util.hash_pandas_object(frame.loc[:, ~floats], index=False)
        parts.append(others.to_numpy(dtype=np.uint64))
    return np.unique(np.column_stack(parts), axis=0, return_inverse=True)[1].reshape(-1)


def distinct_rows(frame: pd.DataFrame, target: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the first row of each set of equal rows, in order."""
    return np.sort(np.unique(row_codes(frame, target), return_index=True)[1])


def _hashed(values: Array) -> Hashes:
    """Return the sum, modulo 2^64, of the mixed bits of each row's numbers and their positions."""
    n, p = values.shape
    keys = np.frombuffer(np.random.default_rng(0).bytes(8 * p), dtype=np.uint64)
    hashes: Hashes = np.zeros(n, dtype=np.uint64)
    for begin in range(0, p, _COLUMNS_A_BLOCK):
        block = slice(begin, begin + _COLUMNS_A_BLOCK)
        # Minus zero becomes zero, and all missing values have one pattern.
        numbers = values[:, block] + 0.0
        numbers[np.isnan(numbers)] = np.nan
        bits: Hashes = numbers.view(np.uint64)
        bits ^= keys[block]
        for shift, multiplier in zip(_SHIFTS, _MULTIPLIERS, strict=False):
            bits ^= bits >> shift
            bits *= multiplier
        bits ^= bits >> _SHIFTS[-1]
        hashes += bits.sum(axis=1)
    return hashes
