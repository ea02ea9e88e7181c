"""`Splits`: base class of the split protocols, which map the number of a run to its rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Parts", "Rows", "Splits", "Table"]

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Table:
    """The properties of the data that a split protocol may use.

    Attributes
    ----------
    target : ndarray of shape (n,)
        Codes of the classes, or numbers.
    classes : tuple of str
        Names of the classes; empty for a regression.
    groups : ndarray of shape (n,), or None
        Code of each row's group; all rows of a group are in the same part of a split.
    name, target_name : str
        Names of the data and of the target, for messages.
    times : ndarray of shape (n,), or None
        Index of each row's time among the distinct times, if rows are sorted by time; never
        decreasing.
    every_class : bool
        Whether each class must have training rows. Default True.
    """

    target: npt.NDArray[Any]
    classes: tuple[str, ...]
    groups: npt.NDArray[np.intp] | None
    name: str
    target_name: str
    times: npt.NDArray[np.intp] | None = None
    every_class: bool = True

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.target)


@dataclass(frozen=True)
class Parts:
    """Row numbers of the three parts of a run; they are disjoint."""

    train: Rows
    validation: Rows
    test: Rows


class Splits(ABC):
    """A split protocol; concrete classes are final.

    The runs of a study are numbered. One random draw of the rows serves ``runs_a_draw`` consecutive
    runs, with different test rows or, in nested folds, different validation rows.
    """

    is_random: bool
    """Whether another draw gives different splits; otherwise a study has a single draw."""

    @property
    @abstractmethod
    def runs_a_draw(self) -> int:
        """Number of runs of one draw of the rows, at least 1."""

    @property
    def runs_a_split(self) -> int:
        """Number of consecutive runs with the same test rows; by default 1."""
        return 1

    @abstractmethod
    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Return the training, validation and test rows of a run.

        Parameters
        ----------
        table : Table
            The data.
        test_share, validation_share : float
            Fraction of test rows, and of validation rows among the others, in (0, 1); not all
            protocols use them.
        run : int
            Number of the run, at least 0; the same number gives the same rows.

        Raises
        ------
        InputError
            There are too few rows.
        """

    @abstractmethod
    def words(self, test_share: float) -> str:
        """Return a description that starts a sentence, for instance ``"Random splits"``."""
