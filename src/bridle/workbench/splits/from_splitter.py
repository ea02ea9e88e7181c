"""`FromSplitter`: the splits of a scikit-learn splitter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from bridle import streams
from bridle.arguments.real_numbers import refuse_masked, shown
from bridle.arguments.scalars import whole_at_least
from bridle.errors import InputError
from bridle.workbench.arguments import MOST_RUNS
from bridle.workbench.splits.base import Parts, Rows, Splits, Table
from bridle.workbench.splits.division import (
    cut_tail,
    divide,
    refuse_groups_in_time,
    refuse_scarce_parts,
)
from bridle.workbench.splits.seen_by_splitter import seen_by_splitter

__all__ = ["FromSplitter", "wrap_splitter"]


@dataclass(frozen=True)
class FromSplitter(Splits):
    """Test rows from a splitter; a part of its training rows becomes the validation rows.

    The splitter sees the number of rows, the labels or numbers of the target and the groups, under other
    names, but no features. The validation rows are drawn at random as in `Holdout`. But if every
    split trains only on rows before its test rows, they are the last training rows, so that splits in
    time never look ahead.

    Parameters
    ----------
    splitter : object
        An object with a method ``split(X, y, groups)`` like scikit-learn's splitters, which yields
        pairs of row numbers or of Boolean masks. It must yield the same splits each time: one that
        shuffles needs an integer ``random_state``.
    n_splits : int
        Its number of splits.

    Raises
    ------
    InputError
        The object is not a splitter, or shuffles without an integer ``random_state``.
    """

    splitter: Any = field(repr=False)
    n_splits: int
    is_random = False

    def __post_init__(self) -> None:
        if not callable(getattr(self.splitter, "split", None)):
            raise InputError(
                "splits must have a method split(X, y, groups), like scikit-learn's splitters. "
                f"Received: {type(self.splitter).__name__}."
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
        """One run for each split."""
        return self.n_splits

    def parts(self, table: Table, test_share: float, validation_share: float, run: int) -> Parts:
        """Return split number ``run``; see `Splits.parts`.

        Raises
        ------
        InputError
            The splitter yields too few splits, or the same row for training and testing.
        """
        rest, test = next(islice(_splits(self.splitter, table), run, None), (None, None))
        if rest is None or test is None:
            raise InputError(
                f"splits must give as many splits as get_n_splits says, {self.n_splits:,}. Received: "
                f"{run:,} from {self.splitter!r}."
            )
        if np.intersect1d(rest, test).size:
            raise InputError(
                f"Split {run} of {self.splitter!r} trains and tests on the same rows. Give a "
                "splitter whose parts are disjoint."
            )
        if _in_time(self.splitter, table):
            refuse_groups_in_time(table)
            train, validation = cut_tail(np.sort(rest), validation_share)
        else:
            seed = streams.integer(run, "split", "validation")
            train, validation = divide(table, rest, validation_share, seed)
        refuse_scarce_parts(table, train, validation, test)
        return Parts(train, validation, test)

    def words(self, test_share: float) -> str:
        """Return a description; see `Splits.words`."""
        return f"The {self.n_splits} splits of {self.splitter!r}"


def wrap_splitter(splitter: Any, table: Table) -> FromSplitter:
    """Return the splits of a splitter, with their number on some data.

    Raises
    ------
    InputError
        The object is not a splitter, fails on the data, or yields different rows each time.
    """
    with _quoted(splitter):
        count = splitter.get_n_splits(*seen_by_splitter(table))
    whole_at_least("The number of splits of a splitter", count, 1)
    if count > MOST_RUNS:
        raise InputError(
            f"splits must give at most {MOST_RUNS:,} splits. Received: {count:,} from {splitter!r}."
        )
    wrapped = FromSplitter(splitter, int(count))
    first, again = (next(_splits(splitter, table), None) for _ in range(2))
    if first is not None and again is not None and not all(map(np.array_equal, first, again)):
        raise InputError(
            "splits must give the same rows each time: give the splitter an integer random_state. "
            f"Received: a {type(splitter).__name__} whose first split differed when asked again."
        )
    return wrapped


def _splits(splitter: Any, table: Table) -> Iterator[tuple[Rows, Rows]]:
    """Yield the training and test rows of each split."""
    with _quoted(splitter):
        for pair in splitter.split(*seen_by_splitter(table)):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise InputError(
                    "A splitter must give pairs, training and test rows. Received: "
                    f"{type(pair).__name__} from {splitter!r}."
                )
            yield _row_numbers(pair[0], table), _row_numbers(pair[1], table)


def _in_time(splitter: Any, table: Table) -> bool:
    return all(rest.max() < test.min() for rest, test in _splits(splitter, table))


@contextmanager
def _quoted(splitter: Any) -> Iterator[None]:
    """Turn any exception of the splitter, which is not bridle's code, into an error that names it."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        said = str(error) or type(error).__name__
        raise InputError(
            f"splits must suit the data. Received: {splitter!r}, which says: {said}"
        ) from error


def _row_numbers(part: Any, table: Table) -> Rows:
    refuse_masked("The rows of a splitter", part)
    rows = np.asarray(part)
    if rows.dtype == bool and rows.shape == (table.n_rows,):
        rows = np.flatnonzero(rows)
    good = rows.ndim == 1 and rows.size > 0 and rows.dtype.kind in "iu"
    if not (good and rows.min() >= 0 and rows.max() < table.n_rows):
        raise InputError(
            f"A splitter must give row numbers from 0 to {table.n_rows - 1:,}, or one Boolean for each "
            f"of the {table.n_rows:,} rows, and at least one row in a part. Received: "
            f"{rows.dtype} of shape {rows.shape}, for instance {shown(part)}."
        )
    if len(np.unique(rows)) < len(rows):
        raise InputError(
            f"A splitter must give each row of a part once. Received: {len(rows):,} row numbers, "
            f"{len(np.unique(rows)):,} of them different."
        )
    return rows.astype(np.intp)
