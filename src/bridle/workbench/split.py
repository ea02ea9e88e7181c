"""Draw the training, validation and test parts, and prepare them by the training part alone."""

from __future__ import annotations

from itertools import count
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from bridle import streams
from bridle.errors import InputError
from bridle.workbench.arm.base import Part, Split
from bridle.workbench.dataset import Dataset
from bridle.workbench.preparation import fit_preparation
from bridle.workbench.protocol import Protocol

__all__ = ["draw_split", "part_rows"]

Rows = npt.NDArray[np.intp]


def draw_split(dataset: Dataset, protocol: Protocol, seed: int) -> Split:
    """Draw the parts of one seed and prepare them.

    Imputation, scaling, encoding and the scale of a regression's target are learnt from the
    training part and applied to the others.

    Parameters
    ----------
    dataset : Dataset
    protocol : Protocol
        Shares of the test and the validation part.
    seed : int
        From 0 upwards; equal seeds give equal splits.

    Returns
    -------
    Split

    Raises
    ------
    InputError
        If the rows do not suffice (see `part_rows`), no feature varies over the training part, or
        a regression's target is constant there.
    """
    train, validation, test = part_rows(dataset, protocol, seed)
    preparation = fit_preparation(dataset.frame.iloc[train], dataset.shape)
    mean, scale = _target_scale(dataset, train)

    def part(rows: Rows) -> Part:
        y = dataset.target[rows]
        if not dataset.task.is_classification:
            y = (y - mean) / scale
        return Part(preparation.apply(dataset.frame.iloc[rows]), y)

    return Split(
        train=part(train),
        validation=part(validation),
        test=part(test),
        feature_names=preparation.names,
        task=dataset.task,
        target_mean=mean,
        target_scale=scale,
        shape=dataset.shape,
    )


def part_rows(dataset: Dataset, protocol: Protocol, seed: int) -> tuple[Rows, Rows, Rows]:
    """Return the rows of the training, the validation and the test part, in a random order.

    Parameters
    ----------
    dataset : Dataset
        Classes keep their shares in each part, up to rounding.
    protocol : Protocol
        Shares are rounded up to whole rows.
    seed : int
        From 0 upwards.

    Returns
    -------
    train, validation, test : ndarray of int
        Disjoint, and together all rows.

    Raises
    ------
    InputError
        If a part would hold fewer rows than there are classes (than two for a regression), or a
        class has too few rows to be divided.
    """
    _refuse_too_few_rows(dataset, protocol)
    everything = np.arange(len(dataset.target))
    n_test = ceil(len(everything) * protocol.test_share)
    rest, test = _divide(dataset, everything, n_test, streams.integer(seed, "split", "test"))
    n_validation = ceil(len(rest) * protocol.validation_share)
    train, validation = _divide(
        dataset, rest, n_validation, streams.integer(seed, "split", "validation")
    )
    return train, validation, test


def _part_sizes(rows: int, protocol: Protocol) -> tuple[int, int, int]:
    test = ceil(rows * protocol.test_share)
    validation = ceil((rows - test) * protocol.validation_share)
    return rows - test - validation, validation, test


def _refuse_too_few_rows(dataset: Dataset, protocol: Protocol) -> None:
    rows = len(dataset.target)
    least = max(2, len(dataset.task.classes))
    if min(_part_sizes(rows, protocol)) < least:
        needed = next(n for n in count(rows) if min(_part_sizes(n, protocol)) >= least)
        parts = "training {}, validation {} and test {} rows".format(*_part_sizes(rows, protocol))
        raise InputError(
            f"{dataset.name} has {rows:,} rows and needs {needed:,}: each part must hold {least:,} "
            f"rows or more. Received: {parts}. Give more rows."
        )


def _divide(dataset: Dataset, rows: Rows, size: int, seed: int) -> tuple[Rows, Rows]:
    """Return the rows without, and with, a random part of the given size."""
    strata: npt.NDArray[Any] | None = None
    if dataset.task.is_classification:
        strata = dataset.target[rows]
        _refuse_indivisible_class(dataset, strata)
    rest, part = train_test_split(rows, test_size=size, random_state=seed, stratify=strata)
    return rest, part


def _refuse_indivisible_class(dataset: Dataset, codes: npt.NDArray[Any]) -> None:
    counts = np.bincount(codes, minlength=len(dataset.task.classes))
    scarce = np.flatnonzero(counts < 2)
    if len(scarce):
        raise InputError(
            f"The class {dataset.task.classes[scarce[0]]!r} of the target {dataset.target_name!r} "
            "has too few rows to train and to validate on once the test part is drawn. Merge it "
            "with another class, or remove its rows."
        )


def _target_scale(dataset: Dataset, train: Rows) -> tuple[float, float]:
    if dataset.task.is_classification:
        return 0.0, 1.0
    values = dataset.target[train]
    if np.ptp(values) == 0:
        raise InputError(
            f"The target {dataset.target_name!r} is constant, {values[0]:g}, over the "
            f"{len(train):,} training rows, so there is nothing to learn. Give more rows, or a "
            "target that varies."
        )
    return float(values.mean()), float(values.std())
