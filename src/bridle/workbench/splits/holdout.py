"""`Holdout`: repeated random splits into training, validation and test rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import ceil

import numpy as np

from bridle import streams
from bridle.errors import InputError
from bridle.workbench.splits.base import Parts, Splits, Table
from bridle.workbench.splits.division import divide, refuse_scarce_parts

__all__ = ["Holdout"]


@dataclass(frozen=True)
class Holdout(Splits):
    """Random test rows and, among the others, random validation rows, new ones in each run.

    Splits are stratified by class; with groups, each group stays whole.
    """

    is_random = True

    @property
    def runs_a_draw(self) -> int:
        """One run."""
        return 1

    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Return random rows; see `Splits.parts`."""
        if table.groups is None:
            _refuse_too_few_rows(table, test_share, validation_share)
        everything = np.arange(table.n_rows)
        seed = streams.integer(run, "split", "test")
        rest, test = divide(table, everything, test_share, seed)
        seed = streams.integer(run, "split", "validation")
        train, validation = divide(table, rest, validation_share, seed)
        refuse_scarce_parts(table, train, validation, test)
        return Parts(train, validation, test)

    def words(self, test_share: float) -> str:
        """Return a description; see `Splits.words`."""
        return f"Random splits, each with {100 * test_share:g} % kept for the verdict alone"


def _sizes(rows: int, test_share: float, validation_share: float) -> tuple[int, int, int]:
    test = ceil(rows * test_share)
    validation = ceil((rows - test) * validation_share)
    return rows - test - validation, validation, test


def _refuse_too_few_rows(table: Table, test_share: float, validation_share: float) -> None:
    rows, least = table.n_rows, max(2, len(table.classes))
    sizes = _sizes(rows, test_share, validation_share)
    if min(sizes) < least:
        needed = next(
            n for n in count(rows) if min(_sizes(n, test_share, validation_share)) >= least
        )
        received = "training {}, validation {} and test {} rows".format(*sizes)
        raise InputError(
            f"{table.name} has {rows:,} rows and needs {needed:,}: each part must hold {least:,} "
            f"rows or more. Received: {received}. Give more rows."
        )
