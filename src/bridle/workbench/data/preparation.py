"""Preparation of features as numbers, with statistics of the training rows only.

Statistics of all rows (means, medians, frequencies) would carry information about test rows into
training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from bridle.encoding.levels import MISSING, Levels, distinct_names
from bridle.errors import InputError
from bridle.networks.image_axes import channels_come_first
from bridle.types import Array
from bridle.workbench.columns.columns import names_of_kind

__all__ = [
    "RARE",
    "ChannelPreparation",
    "Preparation",
    "Scaled",
    "fit_preparation",
]

RARE = 3
"""Fewest training rows of a category with its own column; all rarer ones share a column."""


@dataclass(frozen=True)
class ChannelPreparation:
    """Fitted standardisation of the channels of flattened images or sequences.

    Attributes
    ----------
    mean, scale : ndarray of shape (channels,)
        Mean and standard deviation of each channel or, if channels come first, of each position.
    names : tuple of str
        Names of all positions, including constant ones.
    """

    mean: Array
    scale: Array
    names: tuple[str, ...]

    def apply(self, frame: pd.DataFrame) -> Array:
        """Return the matrix of shape (n, positions), finite float64 in C order."""
        values = frame.to_numpy(dtype=np.float64)
        rows = values.reshape(len(values), -1, len(self.mean))
        return ((rows - self.mean) / self.scale).reshape(values.shape)


@dataclass(frozen=True)
class Scaled:
    """Columns of numbers, or of booleans as 0 and 1: filled, marked where missing, then scaled.

    Attributes
    ----------
    columns : tuple of str
    fill : ndarray of shape (number of columns,)
        Replacement of missing values.
    marked : tuple of int
        Positions of the columns with an additional indicator of missing values.
    mean, scale : ndarray of shape (number of columns and indicators,)
    """

    columns: tuple[str, ...]
    fill: Array
    marked: tuple[int, ...]
    mean: Array
    scale: Array

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that are made."""
        return (*self.columns, *(f"{self.columns[j]} (missing)" for j in self.marked))

    def write(self, frame: pd.DataFrame, out: Array) -> None:
        """Write the columns that are made of those of a table."""
        values = frame[list(self.columns)].astype(np.float64).to_numpy(dtype=np.float64)
        made = out[:, : len(self.columns)]
        # All are NaN or at most 1e100 in size.
        if np.isnan(values.sum()):
            gaps = np.isnan(values)
            out[:, len(self.columns) :] = gaps[:, list(self.marked)]
            values = np.where(gaps, self.fill, values)
        else:
            out[:, len(self.columns) :] = 0.0
        made[:] = values
        out -= self.mean
        out /= self.scale


@dataclass(frozen=True)
class Preparation:
    """Fitted transformation of a canonical table to a matrix.

    Attributes
    ----------
    blocks : tuple of Scaled and Levels
        Numbers, booleans, then each column of categories.
    kept : ndarray of int
        Columns of the blocks, side by side, that vary over the training rows.
    names : tuple of str
        Names of the kept columns, for instance ``age``, ``age (missing)``, ``city=Paris``.
    """

    blocks: tuple[Scaled | Levels, ...]
    kept: npt.NDArray[np.intp]
    names: tuple[str, ...]

    def apply(self, frame: pd.DataFrame) -> Array:
        """Return the matrix of shape (n, columns kept), finite float64 in C order."""
        values = _filled(self.blocks, frame)
        if len(self.kept) < values.shape[1]:
            values = values[:, self.kept]
        return np.ascontiguousarray(values, dtype=np.float64)


def fit_preparation(
    training: pd.DataFrame, shape: tuple[int, ...] | None = None
) -> Preparation | ChannelPreparation:
    """Return the preparation fitted to training rows: filling, scaling and encoding of each column.

    - Numbers: missing values become the median, with an additional indicator column; then all are
      standardised to mean 0 and standard deviation 1 (with 1/n).
    - Booleans: missing values become the most frequent value; then standardised likewise.
    - Categories: one indicator column for each category with at least three rows, and one for all
      others, including categories without training rows; missing is a category.

    Columns that do not vary over the training rows are dropped. Images and sequences keep all
    positions; each channel is standardised over rows and positions.

    Parameters
    ----------
    training : DataFrame of shape (n, p)
        In the forms of `bridle.workbench.columns.columns.canonical`.
    shape : tuple of int, optional
        Shape of one row for images and sequences.

    Returns
    -------
    Preparation or ChannelPreparation

    Raises
    ------
    InputError
        No column varies.
    """
    if shape is not None:
        return _channels(training, shape)
    blocks = tuple(_blocks(training))
    values = _filled(blocks, training)
    kept = np.flatnonzero(np.ptp(values, axis=0) > 0)
    if not len(kept):
        raise InputError(
            f"No feature varies over the {len(training):,} training rows. Give more rows, or "
            "features that differ between rows."
        )
    names = distinct_names([name for block in blocks for name in block.names])
    return Preparation(blocks, kept, tuple(names[j] for j in kept))


def _filled(blocks: Sequence[Scaled | Levels], frame: pd.DataFrame) -> Array:
    """Return the columns of all blocks, side by side."""
    values = np.empty((len(frame), sum(len(block.names) for block in blocks)))
    end = 0
    for block in blocks:
        start, end = end, end + len(block.names)
        block.write(frame, values[:, start:end])
    return values


def _channels(training: pd.DataFrame, shape: tuple[int, ...]) -> ChannelPreparation:
    first = channels_come_first(shape)
    images = training.to_numpy(dtype=np.float64).reshape(len(training), *shape)
    values = np.moveaxis(images, 1, -1) if first else images
    values = values.reshape(-1, values.shape[-1])
    mean, scale = values.mean(axis=0), values.std(axis=0)
    if not scale.any():
        raise InputError(
            f"No feature varies over the {len(training):,} training rows. Give more rows, or "
            "features that differ between rows."
        )
    scale = np.where(scale > 0, scale, 1.0)
    if first:
        mean, scale = (np.repeat(statistic, shape[1] * shape[2]) for statistic in (mean, scale))
    return ChannelPreparation(mean, scale, tuple(training.columns))


def _blocks(training: pd.DataFrame) -> Iterator[Scaled | Levels]:
    for kind, strategy in (("number", "median"), ("boolean", "most_frequent")):
        columns = names_of_kind(training, "number" if kind == "number" else "boolean")
        if columns:
            yield _scaled(training, columns, strategy, marks=kind == "number")
    for column in names_of_kind(training, "category"):
        yield _levels(training[column], column)


def _scaled(
    training: pd.DataFrame, columns: Sequence[str], strategy: str, *, marks: bool
) -> Scaled:
    values = training[list(columns)].astype(np.float64).to_numpy(dtype=np.float64)
    imputer = SimpleImputer(strategy=strategy, add_indicator=marks, keep_empty_features=True)
    scaler = StandardScaler().fit(imputer.fit_transform(values))
    marked = np.flatnonzero(np.isnan(values).any(axis=0) & marks)
    fill = np.nan_to_num(np.asarray(imputer.statistics_, dtype=np.float64), nan=0.0)
    return Scaled(tuple(columns), fill, tuple(map(int, marked)), scaler.mean_, scaler.scale_)


def _levels(training: pd.Series, column: str) -> Levels:
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE)
    encoder.fit(training.fillna(MISSING).to_numpy(dtype=object)[:, np.newaxis])
    (levels,), (rare,) = encoder.categories_, encoder.infrequent_categories_
    few = set() if rare is None else set(rare)
    return Levels(column, tuple(level for level in levels if level not in few), bool(few))
