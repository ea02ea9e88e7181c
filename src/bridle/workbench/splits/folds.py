"""`Folds`: K-fold and repeated K-fold splits, in which each draw tests on every row once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from bridle import streams
from bridle.arguments.scalars import whole_at_least
from bridle.workbench.arguments import MOST_RUNS
from bridle.workbench.splits.base import Parts, Splits, Table
from bridle.workbench.splits.division import divide, fold_rows, refuse_scarce_parts

__all__ = ["Folds"]


@dataclass(frozen=True)
class Folds(Splits):
    """Random folds, each of which is the test part of one run; further draws use other folds.

    Parameters
    ----------
    folds : int
        At least 2, default 5.
    """

    folds: int = 5
    is_random = True

    def __post_init__(self) -> None:
        whole_at_least("folds", self.folds, 2, MOST_RUNS)

    @property
    def runs_a_draw(self) -> int:
        """One run for each fold."""
        return self.folds

    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Return fold ``run % folds`` of draw ``run // folds`` as test rows; see `Splits.parts`."""
        draw, fold = divmod(run, self.folds)
        seed = streams.integer(draw, "split", "folds")
        every = fold_rows(table, np.arange(table.n_rows), self.folds, seed)
        rest, test = next(islice(every, fold, None))
        seed = streams.integer(run, "split", "validation")
        train, validation = divide(table, rest, validation_share, seed)
        refuse_scarce_parts(table, train, validation, test)
        return Parts(train, validation, test)

    def words(self, test_share: float) -> str:
        """Return a description; see `Splits.words`."""
        return f"{self.folds} random folds, each kept once for the verdict"
