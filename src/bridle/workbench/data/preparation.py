"""Preparation: features as numbers, by what the training part alone teaches."""

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
"""A category with fewer training rows shares one column with the others that rare."""


@dataclass(frozen=True)
class ChannelPreparation:
    """A fitted way from flat images or sequences to a matrix: each channel on one scale.

    Attributes
    ----------
    mean, scale : ndarray of shape (channels,)
    names : tuple of str
        Of all places, also those that do not vary.
    """

    mean: Array
    scale: Array
    names: tuple[str, ...]

    def apply(self, frame: pd.DataFrame) -> Array:
        """Return the matrix of shape (n, places), finite float64 in C order."""
        values = frame.to_numpy(dtype=np.float64)
        rows = values.reshape(len(values), -1, len(self.mean))
        return ((rows - self.mean) / self.scale).reshape(values.shape)


@dataclass(frozen=True)
class Preparation:
    """A fitted way from a canonical table to a matrix.

    Attributes
    ----------
    transformer : ColumnTransformer
    kept : ndarray of int
        The transformer's columns that vary in the training part.
    names : tuple of str
        Names of the columns kept, for instance ``age``, ``age (missing)``, ``city=Paris``.
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
    """Learn from the training part how to fill, scale and encode each column.

    Numbers: missing ones become the median, with a column beside that says where; then mean 0 and
    standard deviation 1 (with 1/n). Booleans: missing ones become the most frequent, then scaled
    alike. Categories: one column of 0 and 1 for each with three rows or more and one for all
    others, which also takes categories that the training part does not know; missing is a category.
    Columns that do not vary in the training part are dropped. Images and sequences keep all their
    places: each channel gets mean 0 and standard deviation 1 over rows and places.

    Parameters
    ----------
    training : DataFrame of shape (n, p)
        As `bridle.workbench.columns.columns.canonical` gives it.
    shape : tuple of int, optional
        Of one row, where rows are images or sequences, channels last.

    Returns
    -------
    Preparation or ChannelPreparation

    Raises
    ------
    InputError
        If no column varies.
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
    """Return the names, numbered where they came before: a column may be ``city=Paris``, too."""
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
