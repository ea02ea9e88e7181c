"""`TimeFolds`: splits in time, in which training rows come before test rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from sklearn.model_selection import TimeSeriesSplit

from bridle.arguments.scalars import whole_at_least
from bridle.errors import InputError
from bridle.workbench.arguments import MOST_RUNS
from bridle.workbench.splits.base import Parts, Splits, Table
from bridle.workbench.splits.division import cut_tail, refuse_groups_in_time, refuse_scarce_parts

__all__ = ["TimeFolds"]


@dataclass(frozen=True)
class TimeFolds(Splits):
    """Equal blocks of consecutive rows, each tested by a run that trains on all rows before it.

    Rows with the same time are never separated: a cut moves to the next time. The last training rows
    are the validation rows, at least those of one time. The first block is only used for training.

    Parameters
    ----------
    folds : int
        Number of test blocks, at least 2, default 5.
    """

    folds: int = 5
    is_random = False

    def __post_init__(self) -> None:
        whole_at_least("folds", self.folds, 2, MOST_RUNS)

    @property
    def runs_a_draw(self) -> int:
        """One run for each test block."""
        return self.folds

    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Return test block number ``run``; see `Splits.parts`.

        Raises
        ------
        InputError
            There are groups, too few rows, or too few different times for the folds.
        """
        refuse_groups_in_time(table)
        if table.n_rows <= self.folds:
            raise InputError(
                f"folds must be below the number of rows, {table.n_rows:,}. "
                f"Received: folds={self.folds}."
            )
        every = TimeSeriesSplit(self.folds).split(np.arange(table.n_rows))
        rest, test = next(islice(every, run, None))
        first, last = _between_times(table, int(test[0])), _between_times(table, int(test[-1]) + 1)
        cut = _between_times(table, len(cut_tail(rest, validation_share)[0]))
        if cut == first:
            cut = _start_of_time(table, first - 1)
        train, validation, test = np.split(np.arange(last), [cut, first])
        if 0 in (train.size, validation.size, test.size):
            raise InputError(
                "folds must be smaller if many rows have the same time, since such rows are not "
                f"separated. Received: folds={self.folds} for {table.n_rows:,} rows."
            )
        refuse_scarce_parts(table, train, validation, test)
        return Parts(train, validation, test)

    def words(self, test_share: float) -> str:
        """Return a description; see `Splits.words`."""
        return f"{self.folds} blocks of consecutive rows, each predicted from the rows before it"


def _between_times(table: Table, row: int) -> int:
    """Return the first row at or after ``row`` with a later time than the row before it."""
    times = table.times
    if times is None or row in (0, table.n_rows) or times[row] != times[row - 1]:
        return row
    return int(np.searchsorted(times, times[row], side="right"))


def _start_of_time(table: Table, row: int) -> int:
    """Return the first row with the time of ``row``."""
    if table.times is None:
        return row
    return int(np.searchsorted(table.times, table.times[row], side="left"))
