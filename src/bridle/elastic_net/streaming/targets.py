"""Targets of blocks of rows: numbers as they are, or two labels as 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.errors import InputError
from bridle.rows.blocks.block import Block
from bridle.types import Array

__all__ = ["Targets"]


@dataclass(frozen=True)
class Targets:
    """The form in which the target column is read.

    Attributes
    ----------
    labels : (float, float) or None
        The labels of two classes; None for numbers.
    """

    labels: tuple[float, float] | None = None

    def of(self, block: Block) -> Array:
        """Return the targets of a block, shape (m,).

        Raises
        ------
        InputError
            There is a third label.
        """
        assert block.target is not None
        if self.labels is None:
            return block.target
        low, high = self.labels
        second = block.target == high
        other = np.flatnonzero(~second & (block.target != low))
        if other.size:
            row = block.first - block.piece.first + int(other[0])
            raise InputError(
                "y must have two classes if the rows of X are not in memory. Received: "
                f"{low:g}, {high:g} and {block.target[other[0]]:g} in {block.piece.place}, row {row:,}."
            )
        return second.astype(np.float64)

    def mean(self, given: float) -> float:
        """Return the mean of the targets, given that of the column."""
        if self.labels is None:
            return given
        low, high = self.labels
        return (given - low) / (high - low)
