"""Division of rows in two, or in folds: by class, by group, or in the order in which they stand."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    KFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    train_test_split,
)

from bridle.errors import InputError
from bridle.workbench.splits.base import Rows, Table

__all__ = ["cut_tail", "divide", "fold_rows", "refuse_groups_in_time", "refuse_scarce_parts"]

_DRAWS = 50
"""Of groups, of which the one that mixes the classes best is taken."""


def divide(table: Table, rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
    """Return the rows without, and with, a random part of the given share.

    Classes keep their shares in both; one whose share of the part is less than a row has a row there
    as often as that says. Where there are groups, each group stays whole, the share is
    one of groups, and classes keep their shares as far as whole groups let them: of some random
    draws, that is taken which leaves the fewest classes without a row on a side and, among these,
    whose classes are mixed most nearly as in all rows.

    Raises
    ------
    InputError
        A class has one row alone, or there are fewer than two groups.
    """
    if table.groups is not None:
        groups = table.groups[rows]
        if len(np.unique(groups)) < 2:
            raise InputError(
                f"{table.name} has too few groups: a part that must be divided holds 1 group alone. "
                "Give more groups, or name another column as groups."
            )
        part = _some_groups(groups, table.target[rows] if table.classes else None, share, seed)
        return rows[~part], rows[part]
    strata = table.target[rows] if table.classes else None
    if strata is not None:
        _refuse_single_rows(table, strata)
    size = ceil(len(rows) * share)
    rest, part = train_test_split(rows, test_size=size, random_state=seed, stratify=strata)
    return (rest, part) if strata is None else _with_rare_classes(table, rest, part, share, seed)


def fold_rows(
    table: Table, rows: Rows, folds: int, seed: int, *, name: str = "folds"
) -> Iterator[tuple[Rows, Rows]]:
    """Yield the rows without, and with, each of some random folds; see `divide`.

    Messages call the number of folds by its argument's name.

    Raises
    ------
    InputError
        There are fewer rows, rows of a class, or groups than folds.
    """
    codes = table.target[rows] if table.classes else np.zeros(len(rows), dtype=int)
    groups = None if table.groups is None else table.groups[rows]
    _refuse_scarce_folds(table, codes, groups, folds, name)
    splitter: BaseCrossValidator
    if groups is not None:
        kind = StratifiedGroupKFold if table.classes else GroupKFold
        splitter = kind(folds, shuffle=True, random_state=seed)
    else:
        kind = StratifiedKFold if table.classes else KFold
        splitter = kind(folds, shuffle=True, random_state=seed)
    for rest, part in splitter.split(rows, codes, groups):
        yield rows[rest], rows[part]


def cut_tail(rows: Rows, share: float) -> tuple[Rows, Rows]:
    """Return the rows without, and with, the last part of the given share, rounded up."""
    size = ceil(len(rows) * share)
    return rows[:-size], rows[-size:]


def refuse_groups_in_time(table: Table) -> None:
    """Refuse groups where rows are cut in their order.

    Raises
    ------
    InputError
        There are groups.
    """
    if table.groups is not None:
        raise InputError(
            "Splits in time keep no groups together. Leave out groups, or the order in time."
        )


def refuse_scarce_parts(table: Table, train: Rows, validation: Rows, test: Rows) -> None:
    """Refuse parts with too few rows to learn or to judge, or a class that nobody trains on.

    Raises
    ------
    InputError
        A part holds fewer rows than there are classes (than two for a regression), or a class has
        no training row.
    """
    least = max(2, len(table.classes))
    sizes = (len(train), len(validation), len(test))
    if min(sizes) < least:
        received = "training {}, validation {} and test {} rows".format(*sizes)
        raise InputError(
            f"{table.name} has {table.n_rows:,} rows, and a split of them has a part with fewer "
            f"than {least:,}. Received: {received}. Give more rows, or fewer folds."
        )
    if table.classes:
        counts = np.bincount(table.target[train], minlength=len(table.classes))
        if not counts.all():
            missing = table.classes[int(np.argmin(counts))]
            raise InputError(
                f"The class {missing!r} of the target {table.target_name!r} has no training row in "
                "one of the splits. Shuffle the rows, merge it with another class, or remove its "
                "rows."
            )


def _some_groups(
    groups: Rows, classes: npt.NDArray[Any] | None, share: float, seed: int
) -> npt.NDArray[np.bool_]:
    """Return which rows are in a random part of the groups, see `divide`."""
    names, group = np.unique(groups, return_inverse=True)
    draws = ShuffleSplit(_DRAWS, test_size=share, random_state=seed).split(names)
    if classes is None:
        return np.isin(group, next(draws)[1])
    # How many rows of each class (columns) a group (rows) has.
    counts = np.zeros((len(names), int(classes.max()) + 1))
    np.add.at(counts, (group, classes), 1)
    total = counts.sum(axis=0)

    def badness(part: Rows) -> tuple[int, float]:
        held = counts[part].sum(axis=0)
        missing = ((held == 0) | (held == total)) & (total > 0)
        return int(missing.sum()), float(np.abs(held / held.sum() - total / total.sum()).sum())

    return np.isin(group, min((part for _, part in draws), key=badness))


def _with_rare_classes(
    table: Table, rest: Rows, part: Rows, share: float, seed: int
) -> tuple[Rows, Rows]:
    """Return both sides, with a row of each class that rounding keeps out of every part, at times.

    It changes places with a row of the class that has most rows in the part.
    """
    rest, part, random = rest.copy(), part.copy(), np.random.default_rng(seed)
    target = table.target
    for code in np.setdiff1d(target[rest], target[part]).astype(np.intp):
        own = np.flatnonzero(target[rest] == code)
        counts = np.bincount(target[part])
        if random.random() < share * len(own) and counts.max() > 1:
            place = random.choice(np.flatnonzero(target[part] == counts.argmax()))
            row = random.choice(own)
            rest[row], part[place] = part[place], rest[row]
    return rest, part


def _refuse_single_rows(table: Table, strata: Rows) -> None:
    scarce = np.flatnonzero(np.bincount(strata, minlength=len(table.classes)) < 2)
    if len(scarce):
        raise InputError(
            f"The class {table.classes[scarce[0]]!r} of the target {table.target_name!r} "
            "has too few rows to train and to validate on once the test part is drawn. Merge it "
            "with another class, or remove its rows."
        )


def _refuse_scarce_folds(
    table: Table, codes: Rows, groups: Rows | None, folds: int, name: str
) -> None:
    counts = np.bincount(codes, minlength=len(table.classes) or 1)
    if counts.min() < folds:
        what = f"the class {table.classes[int(counts.argmin())]!r}" if table.classes else "the data"
        raise InputError(
            f"{name} must be at most the number of rows that are divided: {what} of {table.name} has "
            f"{counts.min():,} rows for {folds} folds. Give fewer folds or more rows."
        )
    if groups is not None and len(np.unique(groups)) < folds:
        raise InputError(
            f"{name} must be at most the number of groups: {table.name} has "
            f"{len(np.unique(groups)):,} groups for {folds} folds. Give fewer folds."
        )
