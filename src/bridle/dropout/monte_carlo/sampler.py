"""Sampler: what Monte-Carlo asks of a framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.errors import InputError

__all__ = ["Keys", "Sampler", "no_dropout", "one_output", "row_count"]

Keys = npt.NDArray[np.int64]
"""Keys in [0, 2**31) of shape (T, n_streams): one for each sample and stream of masks."""


class Sampler(ABC):
    """Outputs of a network with its dropout active and the rest of it as at inference."""

    n_streams: int
    """Streams of masks that have a key each."""

    @abstractmethod
    def n_rows(self, x: Any) -> int:
        """Return the number of rows of the inputs.

        Raises
        ------
        InputError
            They are none, or differ between inputs.
        """

    @abstractmethod
    def largest_rate(self) -> float:
        """Return the largest rate of the network's dropout as it is now."""

    @abstractmethod
    def rows(self, x: Any, rows: slice) -> Any:
        """Return some rows of the inputs."""

    @abstractmethod
    def own_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples, shape (T, n, ...), in which rows have masks as they have in training."""

    @abstractmethod
    def shared_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples, shape (T, n, ...), in which all rows of a sample have the same masks."""


def row_count(shapes: list[tuple[int, ...]]) -> int:
    """Return the number of rows that arrays of these shapes have in common.

    Raises
    ------
    InputError
        There is none.
    """
    counts = {shape[0] if shape else 0 for shape in shapes}
    if len(counts) == 1 and counts != {0}:
        return counts.pop()
    raise InputError(
        "x must have at least one row, and every input the same number. "
        f"Received: inputs of shapes {shapes}."
    )


def no_dropout(name: str) -> InputError:
    """Return the error for a network that would give the same output in every sample."""
    return InputError(
        f"The network {name!r} has no dropout, so all samples would be the same. Put some in with "
        "bridle.add_dropout(model, rate=0.1), and train with it."
    )


def one_output(output: Any, remedy: str) -> InputError:
    """Return the error for a network with another output than one array, and what to do."""
    return InputError(
        "The network must have one array as output. Received: an output of type "
        f"{type(output).__name__}. Give a network that ends in the output of interest, {remedy}."
    )
