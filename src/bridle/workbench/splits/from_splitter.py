"""The splits of a scikit-learn splitter."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from bridle import streams
from bridle.errors import InputError
from bridle.workbench.splits.base import Parts, Rows, Splits, Table
from bridle.workbench.splits.division import cut_tail, divide, refuse_scarce_parts

__all__ = ["FromSplitter"]


@dataclass(frozen=True)
class FromSplitter(Splits):
    """The test rows of a splitter; of its training rows a part validates.

    The validation part is drawn as in a holdout or, where all training rows stand before the first
    test row, is the last of them.

    Parameters
    ----------
    splitter : object
        With ``split(X, y, groups)``, as scikit-learn's splitters have it. It must give the same
        splits each time: one that shuffles needs an integer ``random_state``.
    n_splits : int
        How many splits it gives.
    """

    splitter: Any = field(repr=False)
    n_splits: int
    is_random = False

    def __post_init__(self) -> None:
        if not callable(getattr(self.splitter, "split", None)):
            raise InputError(
                "splits must have a method split(X, y, groups), as scikit-learn's splitters have "
                f"it. Received: {type(self.splitter).__name__}."
            )
        state = getattr(self.splitter, "random_state", 0)
        draws = getattr(self.splitter, "shuffle", True)
        if draws and not isinstance(state, int | np.integer):
            raise InputError(
                "splits must give the same rows each time: give the splitter an integer "
                f"random_state. Received: random_state={state!r}."
            )

    @property
    def runs_a_draw(self) -> int:
        """One for each split."""
        return self.n_splits

    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Take split number ``run``; see `Splits.parts`."""
        rows = np.zeros((table.n_rows, 1))
        splits = self.splitter.split(rows, table.target, table.groups)
        rest, test = (_row_numbers(part, table) for part in next(islice(splits, run, None)))
        if np.intersect1d(rest, test).size:
            raise InputError(
                f"Split {run} of {self.splitter!r} trains and tests on the same rows. Give a "
                "splitter whose parts are disjoint."
            )
        if rest.max(initial=-1) < test.min(initial=0):
            train, validation = cut_tail(np.sort(rest), validation_share)
        else:
            seed = streams.integer(run, "split", "validation")
            train, validation = divide(table, rest, validation_share, seed)
        refuse_scarce_parts(table, train, validation, test)
        return Parts(train, validation, test)

    def words(self, test_share: float) -> str:
        """Say it; see `Splits.words`."""
        return f"The {self.n_splits} splits of {self.splitter!r}"


def _row_numbers(part: Any, table: Table) -> Rows:
    rows = np.asarray(part, dtype=np.intp)
    if rows.size == 0 or rows.min() < 0 or rows.max() >= table.n_rows:
        raise InputError(
            f"A splitter must give row numbers from 0 to {table.n_rows - 1:,}, at least one in a "
            f"part. Received: {rows.size:,} of them."
        )
    return rows
