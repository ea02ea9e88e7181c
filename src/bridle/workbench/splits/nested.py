"""`Nested`: nested folds, in which every row outside a test fold is a validation row once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from bridle import streams
from bridle.arguments.scalars import whole_at_least
from bridle.workbench.arguments import MOST_RUNS
from bridle.workbench.splits.base import Parts, Splits, Table
from bridle.workbench.splits.division import fold_rows, refuse_scarce_parts

__all__ = ["Nested"]


@dataclass(frozen=True)
class Nested(Splits):
    """Outer folds for testing, inner folds for validation.

    Each outer fold has one run for each inner fold, all with the same test rows. The verdict averages
    these runs, which reduces the influence of a single choice of validation rows.

    Parameters
    ----------
    folds : int
        Outer folds, at least 2, default 5.
    inner_folds : int
        Inner folds of the rows outside an outer fold, at least 2, default 4.
    """

    folds: int = 5
    inner_folds: int = 4
    is_random = True

    def __post_init__(self) -> None:
        whole_at_least("folds", self.folds, 2, MOST_RUNS)
        whole_at_least("inner_folds", self.inner_folds, 2, MOST_RUNS)

    @property
    def runs_a_draw(self) -> int:
        """One run for each outer and inner fold."""
        return self.folds * self.inner_folds

    @property
    def runs_a_split(self) -> int:
        """One run for each inner fold."""
        return self.inner_folds

    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Return an inner fold of an outer fold as validation rows; see `Splits.parts`."""
        split, inner = divmod(run, self.inner_folds)
        draw, outer = divmod(split, self.folds)
        seed = streams.integer(draw, "split", "folds")
        every = fold_rows(table, np.arange(table.n_rows), self.folds, seed)
        rest, test = next(islice(every, outer, None))
        seed = streams.integer(split, "split", "inner")
        parts = fold_rows(table, rest, self.inner_folds, seed, name="inner_folds")
        train, validation = next(islice(parts, inner, None))
        refuse_scarce_parts(table, train, validation, test)
        return Parts(train, validation, test)

    def words(self, test_share: float) -> str:
        """Return a description; see `Splits.words`."""
        return (
            f"{self.folds} random folds, each kept for the verdict in {self.inner_folds} runs that "
            "validate on other rows"
        )
