"""Protocol of splitting: from the number of a run to the rows of its three parts; its base class."""

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
    """What a protocol of splitting may know of the data.

    Attributes
    ----------
    target : ndarray of shape (n,)
        Codes of the classes, or numbers.
    classes : tuple of str
        Names of the classes; empty for a regression.
    groups : ndarray of shape (n,), or None
        Code of each row's group; rows of one group never stand on two sides of a split.
    name, target_name : str
        What data and target are called in messages.
    times : ndarray of shape (n,), or None
        Which of the distinct times a row has, where rows are in their order; they never decrease.
    """

    target: npt.NDArray[Any]
    classes: tuple[str, ...]
    groups: npt.NDArray[np.intp] | None
    name: str
    target_name: str
    times: npt.NDArray[np.intp] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.target)


@dataclass(frozen=True)
class Parts:
    """Row numbers of the three parts of a run, disjoint."""

    train: Rows
    validation: Rows
    test: Rows


class Splits(ABC):
    """A protocol of splitting. A concrete one is final.

    A study's runs are numbered. Each draw of the rows takes ``runs_a_draw`` of them, which test on
    other rows each or, for nested folds, validate on other rows each.
    """

    is_random: bool
    """Whether another draw gives other splits; else a study has one draw."""

    @property
    @abstractmethod
    def runs_a_draw(self) -> int:
        """Number of runs that one draw of the rows takes, at least 1."""

    @property
    def runs_a_split(self) -> int:
        """Number of runs in a row that test on the same rows: 1, unless a protocol says otherwise."""
        return 1

    @abstractmethod
    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Return the rows of run number ``run``.

        Parameters
        ----------
        table : Table
        test_share, validation_share : float
            Shares of all rows, and of the rows that are left, in (0, 1), for protocols that ask.
        run : int
            From 0 upwards; equal runs give equal rows.

        Raises
        ------
        InputError
            The rows do not suffice.
        """

    @abstractmethod
    def words(self, test_share: float) -> str:
        """Say what it does, as the start of a sentence, for instance ``"Random splits"``."""
