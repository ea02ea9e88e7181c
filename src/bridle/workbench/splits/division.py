"""Division of rows into two parts or into folds, by class, by group or in their order."""

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
"""Random draws of groups, of which the one with the best mixture of classes is used."""


def divide(table: Table, rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
    """Divide rows at random and return (rest, part), in which the part is a fraction ``share`` of them.

    Both are stratified by class; a class whose share is less than one row has a row in the part with the
    corresponding probability. With groups, each group stays whole, and ``share`` is the fraction of
    groups. The best of several random draws is used: that with the fewest classes without a row on
    either side and, among these, with class frequencies closest to those of all rows.

    Raises
    ------
    InputError
        A class has only one row, or there are fewer than two groups.
    """
    if table.groups is not None:
        groups = table.groups[rows]
        if len(np.unique(groups)) < 2:
            raise InputError(
                f"{table.name} has too few groups: a part that must be divided contains only 1 "
                "group. Give more groups, or name another column as groups."
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
    """Yield (rest, fold) for each of several random folds; see `divide`.

    ``name`` is the name of the number of folds in messages.

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
    """Divide rows in their order into (rest, last part), the latter rounded up."""
    size = ceil(len(rows) * share)
    return rows[:-size], rows[-size:]


def refuse_groups_in_time(table: Table) -> None:
    """Raise an error for groups, which splits in time do not keep together.

    Raises
    ------
    InputError
        There are groups.
    """
    if table.groups is not None:
        raise InputError(
            "Splits in time cannot keep groups together. Leave out the groups or the time."
        )


def refuse_scarce_parts(table: Table, train: Rows, validation: Rows, test: Rows) -> None:
    """Raise an error for parts with too few rows, or for a class without training rows.

    Raises
    ------
    InputError
        A part has fewer rows than there are classes (fewer than two in a regression), or a class
        has no training row.
    """
    least = max(2, len(table.classes))
    sizes = (len(train), len(validation), len(test))
    if min(sizes) < least:
        received = "training {}, validation {} and test {} rows".format(*sizes)
        raise InputError(
            f"{table.name} has {table.n_rows:,} rows, and a split of them has a part with fewer "
            f"than {least:,}. Received: {received}. Give more rows, or fewer folds."
        )
    if table.classes and table.every_class:
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
    """Return which rows are in a random part of the groups; see `divide`."""
    names, group = np.unique(groups, return_inverse=True)
    draws = ShuffleSplit(_DRAWS, test_size=share, random_state=seed).split(names)
    if classes is None:
        return np.isin(group, next(draws)[1])
    # Numbers of rows of each class (columns) in each group (rows).
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
    """Return both parts after giving some rare classes a row in the part.

    Rounding would keep these classes out of the part in every split. The row is exchanged with a row of
    the class that has most rows in the part.
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
            "has too few rows for training and validation after the test rows are drawn. Merge it "
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
