"""Draws a split: training, validation and test rows, prepared with the training rows only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.errors import InputError
from bridle.types import Index
from bridle.workbench.arm.base import Part, Split
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.data.given_features import given_features
from bridle.workbench.data.preparation import ChannelPreparation, Preparation, fit_preparation
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.drawn_rows import PartRows, drawn_once
from bridle.workbench.splits import Table
from bridle.workbench.splits.smaller_parts import smaller_parts

__all__ = ["PreparedSplit", "draw_split", "part_rows", "prepare_split", "table_of", "whole_table"]

_ROWS_SHOWN = 32
"""Training rows that fill validation and test sets which are not used."""


def draw_split(dataset: Dataset, protocol: Protocol, seed: int, *, as_given: bool = False) -> Split:
    """Draw the parts of a seed and prepare them.

    Imputation, scaling, encoding and the scale of a regression's target are computed from the
    training rows and applied to the others.

    Parameters
    ----------
    dataset : Dataset
        The data.
    protocol : Protocol
        Rules, which contain the split protocol and the fractions of test and validation rows.
    seed : int
        At least 0; the same seed gives the same split.
    as_given : bool
        Whether features keep their original units, one column each. Default False.

    Returns
    -------
    Split

    Raises
    ------
    InputError
        There are too few rows (see `part_rows`), no feature varies over the training rows, the
        target of a regression is constant there, or original features are not all numbers.
    """
    return _prepared(dataset, part_rows(dataset, protocol, seed), as_given=as_given).split


def prepare_split(dataset: Dataset, protocol: Protocol, seed: int) -> PreparedSplit:
    """Return the split of a seed with its preparation; see `draw_split`."""
    return _prepared(dataset, part_rows(dataset, protocol, seed), as_given=False)


@dataclass(frozen=True)
class PreparedSplit:
    """A split, and how it was prepared.

    Attributes
    ----------
    split : Split
    preparation : Preparation, ChannelPreparation or None
        None if features stay as they were given.
    """

    split: Split
    preparation: Preparation | ChannelPreparation | None


def whole_table(dataset: Dataset, *, as_given: bool = False) -> PreparedSplit:
    """Return all rows as training rows; see `draw_split` for parameters and errors.

    Validation and test sets are a few of the same rows, by which nothing is chosen or judged.
    """
    rows = np.arange(len(dataset.target))
    few = rows[:_ROWS_SHOWN]
    return _prepared(dataset, (rows, few, few), as_given=as_given)


def _prepared(dataset: Dataset, parts: PartRows, *, as_given: bool) -> PreparedSplit:
    train, validation, test = parts
    preparation = None if as_given else fit_preparation(dataset.frame.iloc[train], dataset.shape)
    prepare = given_features if preparation is None else preparation.apply
    names = tuple(map(str, dataset.frame.columns)) if preparation is None else preparation.names
    mean, scale = _target_scale(dataset, train)

    def part(rows: Index) -> Part:
        y = dataset.task.type.scaled(dataset.target[rows], mean, scale)
        return Part(prepare(dataset.frame.iloc[rows]), y)

    split = Split(
        train=part(train),
        validation=part(validation),
        test=part(test),
        feature_names=names,
        task=dataset.task,
        target_mean=mean,
        target_scale=scale,
        shape=dataset.shape,
        groups=None if dataset.groups is None else dataset.groups[train],
    )
    return PreparedSplit(split, preparation)


def part_rows(dataset: Dataset, protocol: Protocol, seed: int) -> PartRows:
    """Return the training, validation and test rows.

    Parameters
    ----------
    dataset : Dataset
        The data.
    protocol : Protocol
        Rules, which contain the split protocol and the fractions of the parts.
    seed : int
        At least 0.

    Returns
    -------
    train, validation, test : ndarray of int
        Row numbers, disjoint; read only.

    Raises
    ------
    InputError
        A part would have fewer rows than there are classes (fewer than two in a regression), a class
        has too few rows to be divided, or no two rows of survival times can be compared.
    """
    run = protocol.run_of(seed)
    return drawn_once(dataset, protocol, run, lambda: _draw(dataset, protocol, run))


def _draw(dataset: Dataset, protocol: Protocol, run: int) -> PartRows:
    table = table_of(dataset)
    whole = protocol.splits.parts(table, protocol.test_share, protocol.validation_share, run)
    parts = smaller_parts(table, whole, protocol.train_share, run)
    if dataset.task.type.has_events:
        _refuse_no_pair(dataset, train=parts.train, test=parts.test)
    return parts.train, parts.validation, parts.test


def table_of(dataset: Dataset) -> Table:
    """Return the properties of a dataset that a split protocol may use."""
    target, classes = dataset.task.type.divided_by(dataset.target, dataset.task.classes)
    return Table(
        target=target,
        classes=classes,
        groups=dataset.groups,
        name=dataset.name,
        target_name=dataset.target_name,
        times=dataset.times,
        every_class=not dataset.task.type.has_events,
    )


def _refuse_no_pair(dataset: Dataset, **parts: Index) -> None:
    """Raise an error if no two rows of a part can be compared."""
    for name, rows in parts.items():
        if not dataset.task.type.varies(dataset.target[rows]):
            raise InputError(
                f"{dataset.name} has a split without two {name} rows that can be compared: one with an "
                f"event, and one that outlives it. Received: {len(rows):,} {name} rows. Give more rows, "
                "or fewer folds."
            )


def _target_scale(dataset: Dataset, train: Index) -> tuple[float, float]:
    kind, values = dataset.task.type, dataset.target[train]
    if not kind.varies(values):
        raise InputError(
            f"The target {dataset.target_name!r} is constant, {values[0]:g}, over the "
            f"{len(train):,} training rows, so there is nothing to learn. Give more rows, or a "
            "target that varies."
        )
    return kind.scale(values)
