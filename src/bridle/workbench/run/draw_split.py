"""Draw of a split: training, validation and test rows, prepared by the training rows alone."""

from __future__ import annotations

import numpy as np

from bridle.errors import InputError
from bridle.types import Index
from bridle.workbench.arm.base import Part, Split
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.data.given_features import given_features
from bridle.workbench.data.preparation import fit_preparation
from bridle.workbench.protocol import Protocol
from bridle.workbench.splits import Table

__all__ = ["draw_split", "part_rows", "table_of"]


def draw_split(dataset: Dataset, protocol: Protocol, seed: int, *, as_given: bool = False) -> Split:
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
    as_given : bool
        Whether features stay in their own units, a column each. Default False.

    Returns
    -------
    Split

    Raises
    ------
    InputError
        If the rows do not suffice (see `part_rows`), no feature varies over the training part, or
        a regression's target is constant there; or features as given are not all numbers.
    """
    train, validation, test = part_rows(dataset, protocol, seed)
    prepare, names = given_features, tuple(map(str, dataset.frame.columns))
    if not as_given:
        preparation = fit_preparation(dataset.frame.iloc[train], dataset.shape)
        prepare, names = preparation.apply, preparation.names
    mean, scale = _target_scale(dataset, train)

    def part(rows: Index) -> Part:
        y = dataset.target[rows]
        if not dataset.task.is_classification:
            y = (y - mean) / scale
        return Part(prepare(dataset.frame.iloc[rows]), y)

    return Split(
        train=part(train),
        validation=part(validation),
        test=part(test),
        feature_names=names,
        task=dataset.task,
        target_mean=mean,
        target_scale=scale,
        shape=dataset.shape,
    )


def part_rows(dataset: Dataset, protocol: Protocol, seed: int) -> tuple[Index, Index, Index]:
    """Return the rows of the training, the validation and the test part.

    Parameters
    ----------
    dataset : Dataset
    protocol : Protocol
        ``splits`` and its shares.
    seed : int
        From 0 upwards.

    Returns
    -------
    train, validation, test : ndarray of int
        Disjoint.

    Raises
    ------
    InputError
        If a part would hold fewer rows than there are classes (than two for a regression), or a
        class has too few rows to be divided.
    """
    table, run = table_of(dataset), protocol.run_of(seed)
    parts = protocol.splits.parts(table, protocol.test_share, protocol.validation_share, run)
    return parts.train, parts.validation, parts.test


def table_of(dataset: Dataset) -> Table:
    """Return what a protocol of splitting may know of a dataset."""
    return Table(
        target=dataset.target,
        classes=dataset.task.classes,
        groups=dataset.groups,
        name=dataset.name,
        target_name=dataset.target_name,
        times=dataset.times,
    )


def _target_scale(dataset: Dataset, train: Index) -> tuple[float, float]:
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
