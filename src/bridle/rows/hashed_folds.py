"""Folds of rows out of memory: a hash of the row's number, or of its group, and a seed.

The fold of a row does not depend on who reads it or when, so every engine deals the same folds.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.types import IntArray

__all__ = ["fold_of_groups", "fold_of_rows"]


_GOLDEN = 0x9E3779B97F4A7C15
_HALF = 32


def fold_of_rows(numbers: npt.NDArray[np.uint64], folds: int, seed: int) -> IntArray:
    """Return the fold of each row, in [0, folds).

    Parameters
    ----------
    numbers : ndarray of shape (m,)
        Number of each row among all rows, from 0.
    folds : int
        At least 1.
    seed : int
        At least 0.

    Returns
    -------
    ndarray of shape (m,)

    Notes
    -----
    Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators": the mixing
    function of SplitMix64.
    """
    offset = np.uint64((seed + 1) * _GOLDEN % (1 << 64))
    with np.errstate(over="ignore"):
        mixed = numbers * np.uint64(_GOLDEN) + offset
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    # Of the upper half, because the product must stay below 2^64.
    return (((mixed >> np.uint64(_HALF)) * np.uint64(folds)) >> np.uint64(_HALF)).astype(np.int64)


def fold_of_groups(labels: list[Any], folds: int, seed: int) -> IntArray:
    """Return the fold of each row, by its group's label: all rows of a group are in one fold.

    Labels are compared as text, whole numbers without decimals: 1 and 1.0 are the same group.
    """
    known: dict[Any, int] = {}
    for label in labels:
        if label not in known:
            whole = isinstance(label, float) and label.is_integer()
            text = str(int(label) if whole else label)
            digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
            known[label] = int.from_bytes(digest, "little")
    numbers = np.array([known[label] for label in labels], dtype=np.uint64)
    return fold_of_rows(numbers, folds, seed)
