"""Features that a network reads as integer codes, by the fractions that it ignores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bridle.types import AnyArray

__all__ = ["codes_read"]

_ROWS = 4

_MOST_TRIED = 256
"""Features of a network without a table of codes that are tried one by one."""

_MOST_NUMBERS = 2**22
"""Numbers of the rows that are tried at a time."""


def codes_read(
    outputs: Callable[[AnyArray], AnyArray], shape: tuple[int, ...], *, has_table: bool
) -> tuple[int, ...]:
    """Return the features, along the last axis, that a network reads as integer codes.

    Codes are features whose fractions the network ignores for all weights
    tried, while other codes change its outputs.

    Parameters
    ----------
    outputs : callable
        Maps rows of shape (n, ...), float32, to outputs of shape (draws of the weights, n, outputs).
    shape : tuple of int
        Of one row.
    has_table : bool
        Whether it has an Embedding or another layer that reads codes somewhere. Without one, more than
        256 features are not tried one by one: only all together are found.
    """
    rows = np.random.default_rng(0).integers(0, 2, size=(_ROWS, *shape)).astype(np.float32)
    if _ignored(outputs, rows, [slice(None)])[0]:
        return tuple(range(shape[-1]))
    width = shape[-1]
    if width == 1 or (width > _MOST_TRIED and not has_table):
        return ()
    found: list[int] = []
    at_once = max(1, _MOST_NUMBERS // (2 * rows.size))
    for first in range(0, width, at_once):
        columns = [slice(j, j + 1) for j in range(first, min(first + at_once, width))]
        found += (first + np.flatnonzero(_ignored(outputs, rows, columns))).tolist()
    return tuple(found)


def _ignored(
    outputs: Callable[[AnyArray], AnyArray], rows: AnyArray, columns: list[slice]
) -> AnyArray:
    """Return for each set of features whether their fractions alone change nothing."""
    tried = [rows]
    for columns_tried in columns:
        for change in (lambda codes: codes + 0.4, lambda codes: 1 - codes):
            changed = rows.copy()
            changed[..., columns_tried] = change(rows[..., columns_tried])
            tried.append(changed)
    found = outputs(np.concatenate(tried))
    whole, *others = np.split(found, len(tried), axis=1)
    fractions, codes = others[::2], others[1::2]
    return np.array(
        [
            _equal(whole, one) and not _equal(whole, other)
            for one, other in zip(fractions, codes, strict=True)
        ]
    )


def _equal(value: AnyArray, other: AnyArray) -> bool:
    # Rounding depends on the place of a row among the others.
    return np.allclose(value, other, rtol=1e-6, atol=1e-9, equal_nan=True)
