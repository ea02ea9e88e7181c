"""Folds dealt from a number of folds, as scikit-learn deals them, or by the user's splitter."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import column_or_1d

from bridle.arguments.not_finite import reason_of
from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.types import Array, Index

__all__ = ["Pairs", "check_groups", "deal_folds", "split_by"]

Labels = npt.NDArray[Any]
Pairs = list[tuple[Any, Any]]
"""Training and test rows of each fold: indices, or Boolean masks."""


def deal_folds(
    folds: int,
    labels: Labels,
    weights: Array | None,
    groups: Labels | None,
    stratify: bool,
    random_state: Any,
) -> Pairs:
    """Deal rows into folds: whole groups if there are groups, and equal shares of labels if asked.

    Parameters
    ----------
    folds : int
        At least 2, at most the number of rows of positive weight (or groups).
    labels : ndarray of shape (n,) or (n, responses)
        Whose shares are equal in all folds if ``stratify``.
    weights : ndarray of shape (n,) or None
        Rows of weight 0 are in no fold: they must not change which fold the other rows are in.
    groups : ndarray of shape (n,) or None
    stratify : bool
    random_state : int, RandomState or None
        None: rows are not shuffled.

    Returns
    -------
    list of (train, test)

    Raises
    ------
    InputError
        ``folds`` is out of range.
    """
    n = labels.shape[0]
    rows = np.arange(n) if weights is None else np.flatnonzero(weights)
    try:
        if not 2 <= folds <= rows.size:
            raise ValueError(f"n_samples={rows.size} to split")
        if groups is None and not stratify and random_state is None:
            return _contiguous(rows, folds)
        splitter = _splitter(folds, groups is not None, stratify, random_state)
        given = None if groups is None else groups[rows]
        dealt = splitter.split(np.zeros((rows.size, 1)), labels[rows], given)
        return [(rows[train], rows[test]) for train, test in dealt]
    except (TypeError, ValueError) as error:
        raise _bad_cv(folds, error) from error


def split_by(cv: Any, X: Any, labels: Labels, groups: Labels | None) -> Pairs:
    """Return the folds of a splitter, or of an iterable of pairs.

    Raises
    ------
    InputError
        ``cv`` is neither, or it refuses the rows.
    """
    from sklearn.model_selection import check_cv

    try:
        return [(train, test) for train, test in check_cv(cv).split(X, labels, groups)]
    except (TypeError, ValueError) as error:
        raise _bad_cv(cv, error) from error


def check_groups(groups: Any, n: int) -> Labels | None:
    """Return groups as an array of labels, shape (n,).

    Raises
    ------
    InputError
        Labels cannot be compared, are missing, or are not n.
    """
    if groups is None:
        return None
    try:
        labels = column_or_1d(groups)
        np.unique(labels)  # raises if labels cannot be compared
        missing = labels.dtype.kind == "f" and bool(np.isnan(labels).any())
    except (TypeError, ValueError) as error:
        raise _bad_groups(n, reason_of(error)) from error
    if len(labels) != n or missing:
        raise _bad_groups(n, "missing labels" if missing else f"{len(labels)} labels")
    return labels


def _contiguous(rows: Index, folds: int) -> Pairs:
    """Return the folds of scikit-learn's ``KFold``, whose import takes as long as many fits."""
    tested = np.array_split(rows, folds)
    return [(np.concatenate([*tested[:k], *tested[k + 1 :]]), tested[k]) for k in range(folds)]


def _splitter(folds: int, grouped: bool, stratify: bool, random_state: Any) -> Any:
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    kinds = {
        (False, False): KFold,
        (False, True): StratifiedKFold,
        (True, False): GroupKFold,
        (True, True): StratifiedGroupKFold,
    }
    shuffled = random_state is not None
    options = {"shuffle": True, "random_state": random_state} if shuffled else {}
    return kinds[grouped, stratify](folds, **options)


def _bad_cv(cv: Any, error: Exception) -> InputError:
    return InputError(
        "cv must be a number of folds, an integer of at least 2 and at most the number of rows (or "
        "groups), a splitter, or pairs of training and test rows. "
        f"Received: cv={shown(cv)} ({reason_of(error)})."
    )


def _bad_groups(n: int, received: str) -> InputError:
    return InputError(
        f"groups must hold a label, all numbers or all texts, for each of the {n} rows of X, without "
        f"missing values. Received: {received}."
    )
