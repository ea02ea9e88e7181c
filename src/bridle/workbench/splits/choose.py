"""Choice of the split protocol and of the seeds of a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridle.arguments.option_words import option
from bridle.arguments.scalars import refuse, whole_at_least
from bridle.errors import InputError
from bridle.workbench.arguments import MOST_RUNS
from bridle.workbench.splits.base import Splits, Table
from bridle.workbench.splits.folds import Folds
from bridle.workbench.splits.from_splitter import wrap_splitter
from bridle.workbench.splits.holdout import Holdout
from bridle.workbench.splits.nested import Nested
from bridle.workbench.splits.time_folds import TimeFolds

__all__ = ["as_splits", "seeds_of", "splits_from_options"]

RANDOM_DRAWS = 10


def as_splits(splits: Any, table: Table) -> Splits:
    """Return a split protocol: the given one, random splits for None, or a wrapped splitter.

    Parameters
    ----------
    splits : Splits, scikit-learn splitter or None
        The argument of the caller.
    table : Table
        The data; the number of splits of some splitters depends on it.

    Raises
    ------
    InputError
        ``splits`` is none of these, the splitter fails on the data, or its splits differ each time.
    """
    if splits is None:
        return Holdout()
    if isinstance(splits, Splits):
        return splits
    if isinstance(splits, type) or not callable(getattr(splits, "get_n_splits", None)):
        refuse(
            "splits",
            "one of bridle.workbench.splits, for instance Folds(5), or a "
            "scikit-learn splitter, for instance KFold(5)",
            splits,
        )
    return wrap_splitter(splits, table)


def splits_from_options(folds: int | None, inner_folds: int | None, *, in_time: bool) -> Splits:
    """Return the split protocol for the options of the command line.

    Parameters
    ----------
    folds, inner_folds : int or None
        At least 2.
    in_time : bool
        Whether the rows are sorted by time.

    Raises
    ------
    InputError
        Inner folds are given without folds, or in time.
    """
    if inner_folds is not None and (folds is None or in_time):
        raise InputError(
            f"{option('inner_folds')} needs {option('folds')}, and cannot be combined with "
            f"{option('time')}."
        )
    if in_time:
        return TimeFolds() if folds is None else TimeFolds(folds)
    if folds is None:
        return Holdout()
    return Folds(folds) if inner_folds is None else Nested(folds, inner_folds)


def seeds_of(
    splits: Splits, draws: int | Sequence[int] | None = None, initialisations: int = 1
) -> tuple[int, ...]:
    """Return the seeds for complete draws of the rows.

    Parameters
    ----------
    splits : Splits
        The split protocol.
    draws : int or sequence of int, optional
        Number of draws, or their seeds, at least 0. Default: 10 if a draw is one random split,
        otherwise 1.
    initialisations : int
        Runs on the same rows, at least 1.

    Raises
    ------
    InputError
        There are fewer than two splits, or several draws of fixed splits.
    """
    if draws is None:
        draws = RANDOM_DRAWS if splits.is_random and splits.runs_a_draw == 1 else 1
    _refuse_draws(splits, draws)
    whole_at_least("initialisations", initialisations, 1, MOST_RUNS)
    numbers = range(draws) if isinstance(draws, int) else draws
    size = splits.runs_a_draw * initialisations
    return tuple(draw * size + part for draw in numbers for part in range(size))


def _refuse_draws(splits: Splits, draws: int | Sequence[int]) -> None:
    number = whole_at_least("seeds", draws, 1, MOST_RUNS) if isinstance(draws, int) else len(draws)
    if not splits.is_random and splits.runs_a_draw < 2:
        raise InputError(
            "splits must be at least two, since an interval needs two. "
            "Received: a splitter of one split."
        )
    if number * splits.runs_a_draw // splits.runs_a_split < 2:
        raise InputError(
            "seeds must give at least two splits, since an interval needs two. Received: "
            f"seeds={draws!r}, which gives {number} split. Give 2 or more; 10 are the default."
        )
    single = draws == 1 if isinstance(draws, int) else list(draws) == [0]
    if not (single or splits.is_random):
        raise InputError(
            "seeds must be 1 if the splits are fixed, as splits in time are: another draw would be "
            f"the same. Received: seeds={draws!r}. Leave it out."
        )
