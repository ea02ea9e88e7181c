"""`Sampler`: the interface of Monte-Carlo prediction to a framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.errors import InputError

__all__ = ["Keys", "Sampler", "no_dropout", "one_output", "row_count"]

Keys = npt.NDArray[np.int64]
"""Keys in [0, 2**31) of shape (T, n_streams): one for each sample and random stream."""


class Sampler(ABC):
    """Outputs of a network with dropout active and the rest as at inference."""

    n_streams: int
    """Number of random streams, each with a key."""

    @abstractmethod
    def n_rows(self, x: Any) -> int:
        """Return the number of rows of the inputs.

        Raises
        ------
        InputError
            There are none, or the inputs differ in their number.
        """

    @abstractmethod
    def largest_rate(self) -> float:
        """Return the current largest rate of the network's dropout."""

    @abstractmethod
    def rows(self, x: Any, rows: slice) -> Any:
        """Return a slice of the rows of the inputs."""

    @abstractmethod
    def own_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples, shape (T, n, ...), in which each row has masks as in training."""

    @abstractmethod
    def shared_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples, shape (T, n, ...), in which all rows have the same masks."""


def row_count(shapes: list[tuple[int, ...]]) -> int:
    """Return the number of rows that arrays of these shapes have in common.

    Raises
    ------
    InputError
        There are no rows, or the arrays differ in their number.
    """
    counts = {shape[0] if shape else 0 for shape in shapes}
    if len(counts) == 1 and counts != {0}:
        return counts.pop()
    raise InputError(
        "x must have at least one row, and all inputs the same number of rows. Received: inputs of "
        f"shapes {shapes}."
    )


def as_numbers(values: Any) -> npt.NDArray[Any]:
    """Return an input of a network as an array; frames may mix kinds of numbers.

    Raises
    ------
    InputError
        It holds text or other values that are not numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "OSUMm":
        return array
    try:
        if array.dtype.kind == "O":
            return array.astype(np.float64)
    except (TypeError, ValueError):
        pass
    example = next((value for value in array.flat if isinstance(value, str)), None)
    held = f"{example!r}" if example is not None else f"values of type {array.dtype}"
    raise InputError(
        f"x must hold numbers. Received: {held}. Give the network's inputs as it was trained on them, "
        "with categories as numbers."
    )


def no_dropout(name: str) -> InputError:
    """Return the error for a network without dropout."""
    return InputError(
        f"The network {name!r} has no dropout, so all samples would be the same. Add some with "
        "bridle.add_dropout(model, rate=0.1) and train with it."
    )


def one_output(output: Any, remedy: str) -> InputError:
    """Return the error for a network whose output is not one array."""
    return InputError(
        "The network must have one array as output. Received: an output of type "
        f"{type(output).__name__}. Give a network that ends in the output of interest, {remedy}."
    )
