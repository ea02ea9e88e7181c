"""Networks that a function must build alike in every call, with the outputs of the task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bridle.errors import InputError
from bridle.types import AnyArray

__all__ = ["refuse_other_shapes", "refuse_other_weights", "refuse_width"]


def refuse_width(width: int, n_outputs: int, n_classes: int | None) -> None:
    """Raise an error for a network with another number of outputs than the task has.

    Two classes may have one output or one each.

    Raises
    ------
    InputError
        ``width`` is neither.
    """
    if width in (n_outputs, n_classes):
        return
    allowed = f"{n_outputs} or {n_classes}" if n_classes == 2 else f"{n_outputs}"
    raise InputError(
        f"network must have {allowed} outputs for each row. Received: a network with {width}."
    )


def refuse_other_shapes(
    found: Sequence[tuple[int, ...]], before: Sequence[tuple[int, ...]], seed: int
) -> None:
    """Raise an error if weights built under a seed have not the shapes that they had before.

    Raises
    ------
    InputError
        Shapes differ.
    """
    if list(found) != list(before):
        raise InputError(
            "network must build the same layers in every call. Received: a function whose weights "
            f"have the shapes {list(found)} for split {seed}, and {list(before)} before."
        )


def refuse_other_weights(pairs: Iterable[tuple[AnyArray, AnyArray]], draws: str) -> None:
    """Raise an error if weights built twice under the same seed differ.

    Parameters
    ----------
    pairs : iterable of pairs of ndarray
        Values of the first and of the second call.
    draws : str
        What weights may be drawn with, and what to pass instead of a function.

    Raises
    ------
    InputError
        Values differ.
    """
    if not all(np.array_equal(one, other, equal_nan=True) for one, other in pairs):
        raise InputError(
            "network must have the same weights whenever it is built under the same seed, or arms "
            f"would start from different weights. Received: a function whose networks differ. {draws}"
        )
