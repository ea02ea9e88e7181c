"""Preparation of features as numbers, with statistics of the training rows only.

Statistics of all rows (means, medians, frequencies) would carry information about test rows into
training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.columns.columns import Kind, names_of_kind

__all__ = ["Preparation", "fit_preparation"]

_RARE = 3
"""Fewest training rows of a category with its own column; all rarer ones share a column."""


@dataclass(frozen=True)
class ChannelPreparation:
    """Fitted standardisation of the channels of flattened images or sequences.

    Attributes
    ----------
    mean, scale : ndarray of shape (channels,)
        Mean and standard deviation of each channel.
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
class Preparation:
    """Fitted transformation of a canonical table to a matrix.

    Attributes
    ----------
    transformer : ColumnTransformer
        The fitted transformer.
    kept : ndarray of int
        Output columns of the transformer that vary over the training rows.
    names : tuple of str
        Names of the kept columns, for instance ``age``, ``age (missing)``, ``city=Paris``.
    """

    transformer: ColumnTransformer
    kept: npt.NDArray[np.intp]
    names: tuple[str, ...]

    def apply(self, frame: pd.DataFrame) -> Array:
        """Return the matrix of shape (n, columns kept), finite float64 in C order."""
        values = self.transformer.transform(_floats_for_booleans(frame))
        return np.ascontiguousarray(values[:, self.kept], dtype=np.float64)


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
        Shape of one row for images and sequences, channels last.

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
    blocks = [(kind, _STEPS[kind](), list(names_of_kind(training, kind))) for kind in _STEPS]
    present = [block for block in blocks if block[2]]
    transformer = ColumnTransformer(present, sparse_threshold=0.0)
    values = transformer.fit_transform(_floats_for_booleans(training))
    kept = np.flatnonzero(np.ptp(values, axis=0) > 0)
    if not len(kept):
        raise InputError(
            f"No feature varies over the {len(training):,} training rows. Give more rows, or "
            "features that differ between rows."
        )
    names = _distinct(
        [name for block in present for name in _names(transformer, block[0], block[2])]
    )
    return Preparation(transformer, kept, tuple(names[j] for j in kept))


def _channels(training: pd.DataFrame, shape: tuple[int, ...]) -> ChannelPreparation:
    values = training.to_numpy(dtype=np.float64).reshape(-1, shape[-1])
    scale = values.std(axis=0)
    if not scale.any():
        raise InputError(
            f"No feature varies over the {len(training):,} training rows. Give more rows, or "
            "features that differ between rows."
        )
    return ChannelPreparation(
        values.mean(axis=0), np.where(scale > 0, scale, 1.0), tuple(training.columns)
    )


def _number_steps() -> Pipeline:
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return Pipeline([("fill", fill), ("scale", StandardScaler())])


def _boolean_steps() -> Pipeline:
    fill = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
    return Pipeline([("fill", fill), ("scale", StandardScaler())])


def _category_steps() -> Pipeline:
    fill = SimpleImputer(strategy="constant", fill_value="(missing)")
    encode = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=_RARE,
        sparse_output=False,
        feature_name_combiner=_category_name,
    )
    return Pipeline([("fill", fill), ("encode", encode)])


_STEPS: dict[Kind, Callable[[], Pipeline]] = {
    "number": _number_steps,
    "boolean": _boolean_steps,
    "category": _category_steps,
}


def _category_name(column: str, category: object) -> str:
    return f"{column}={'(rare)' if category == 'infrequent_sklearn' else category}"


def _names(transformer: ColumnTransformer, kind: Kind, columns: list[str]) -> list[str]:
    steps = transformer.named_transformers_[kind].named_steps
    if kind == "category":
        return list(steps["encode"].get_feature_names_out(columns))
    indicator = getattr(steps["fill"], "indicator_", None)
    missing = [] if indicator is None else [columns[j] for j in indicator.features_]
    return [*columns, *(f"{column} (missing)" for column in missing)]


def _distinct(names: list[str]) -> list[str]:
    """Return distinct names: repeated ones, such as a column called ``city=Paris``, get numbers."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct


def _floats_for_booleans(frame: pd.DataFrame) -> pd.DataFrame:
    floats = frame.copy(deep=False)
    for name in names_of_kind(frame, "boolean"):
        floats[name] = frame[name].astype("float64")
    return floats
