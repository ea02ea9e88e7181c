"""Folds of the training rows, by which a strength is chosen: whole groups, stratified by class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from bridle import streams
from bridle.types import Index
from bridle.workbench.arm.base import Split

__all__ = ["inner_folds"]

_FOLDS = 5
_MOST_GROUPS = 1_000
"""Groups up to which they are stratified, one by one; of more, random ones have nearly equal shares."""


def inner_folds(split: Split, seed: int) -> Iterator[tuple[Index, Index]]:
    """Yield the training and held-out rows of each fold, numbers of training rows.

    There are five folds, or one for each of fewer groups. All rows of a group are in one fold, unless
    there is only one group. Classes have nearly equal shares in all folds, if each has five rows.
    """
    groups = None if split.groups is None or np.ptp(split.groups) == 0 else split.groups
    n_groups = 0 if groups is None else np.unique(groups).size
    folds = _FOLDS if groups is None else min(_FOLDS, n_groups)
    strata = split.task.type.strata(split.train.y)
    stratify = strata is not None and np.bincount(strata).min() >= folds
    kind: type[BaseCrossValidator]
    if groups is None:
        kind = StratifiedKFold if stratify else KFold
    else:
        kind = StratifiedGroupKFold if stratify and n_groups <= _MOST_GROUPS else GroupKFold
    splitter = kind(folds, shuffle=True, random_state=streams.integer(seed, "folds"))
    yield from splitter.split(split.train.X, strata, groups)
