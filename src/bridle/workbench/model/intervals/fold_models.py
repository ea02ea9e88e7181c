"""Linear models of a study's splits, written as functions of the original columns, and their errors.

Each split prepares features with statistics of its own training rows, so the models of two splits take
different features. But each model is affine in the numbers of a row, in indicators of missing numbers,
and in indicators of categories. In this form, one matrix product predicts a row by the models of all
splits, and no features are prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bridle.encoding.levels import MISSING, Levels
from bridle.types import Array
from bridle.workbench.arm.linear_predictor import product_by_rows
from bridle.workbench.data.preparation import Preparation, Scaled
from bridle.workbench.record import Record

__all__ = ["FoldModels", "LevelTable", "fold_models"]


@dataclass(frozen=True, eq=False)
class LevelTable:
    """Terms that the categories of a column add to the prediction of each model.

    Attributes
    ----------
    column : str
    own : tuple of str
        Categories with their own coefficient in some model.
    added : ndarray of shape (categories + 1, models)
        Terms of these categories; the last row is for all others.
    """

    column: str
    own: tuple[str, ...]
    added: Array


@dataclass(frozen=True, eq=False)
class FoldModels:
    """Linear models of the splits, and the absolute errors of each on its test rows.

    Attributes
    ----------
    columns : tuple of str
        Columns of numbers and of booleans.
    slopes, gaps : ndarray of shape (columns, models)
        Coefficient of each number, and the term of a missing number.
    constants : ndarray of shape (models,)
        Intercepts.
    levels : tuple of LevelTable
    errors : tuple of ndarray
        Absolute errors of each model, in units of the target, in ascending order.
    weights : ndarray of shape (models,)
        Number of errors that each error of a model represents.
    """

    columns: tuple[str, ...]
    slopes: Array
    gaps: Array
    constants: Array
    levels: tuple[LevelTable, ...]
    errors: tuple[Array, ...]
    weights: Array

    def predict(self, frame: pd.DataFrame) -> Array:
        """Return the prediction of each model for each row, shape (n, models).

        Parameters
        ----------
        frame : DataFrame
            In the forms of `bridle.workbench.columns.columns.canonical`.
        """
        found = np.broadcast_to(self.constants, (len(frame), len(self.constants))).copy()
        if self.columns:
            values = frame[list(self.columns)].astype(np.float64).to_numpy(dtype=np.float64)
            # All are NaN or at most 1e100 in size.
            if np.isnan(values.sum()):
                missing = np.isnan(values)
                values = np.where(missing, 0.0, values)
                found += product_by_rows(missing.astype(np.float64), self.gaps)
            found += product_by_rows(values, self.slopes)
        for table in self.levels:
            texts = pd.Categorical(frame[table.column])
            own = pd.Index(table.own, dtype=object)
            places = own.get_indexer(pd.Index([*texts.categories, MISSING], dtype=object))
            # An unknown category gets -1, the last row; a missing value has code -1, the last category.
            found += table.added[places[texts.codes]]
        return found


def fold_models(
    runs: Sequence[Record],
    prepared: Callable[[int], tuple[Preparation, float, float]],
) -> FoldModels | None:
    """Return the models of a linear arm's runs; None if a record lacks coefficients.

    A record has only the largest coefficients of a model with very many.

    Parameters
    ----------
    runs : sequence of Record
        Successful runs of a regression.
    prepared : callable
        Maps a seed to the preparation of its training rows, and mean and scale of their target.
    """
    if not runs or not all(_is_whole(run) for run in runs):
        return None
    models = []
    for run in runs:
        preparation, mean, scale = prepared(run.seed)
        coef = _coefficients(run, preparation)
        if coef is None:
            return None
        models.append(_affine(preparation, coef * scale, mean + scale * _intercept(run)))
    columns = tuple(models[0].slopes)
    names = tuple(models[0].levels)
    return FoldModels(
        columns=columns,
        slopes=np.array([[held.slopes[name] for held in models] for name in columns]).reshape(
            len(columns), len(models)
        ),
        gaps=np.array([[held.gaps[name] for held in models] for name in columns]).reshape(
            len(columns), len(models)
        ),
        constants=np.array([held.constant for held in models]),
        levels=tuple(_table(name, [held.levels[name] for held in models]) for name in names),
        errors=tuple(np.sort(np.array(run.residuals, dtype=np.float64)) for run in runs),
        weights=np.array([run.n_test / len(run.residuals or ()) for run in runs]),
    )


@dataclass(frozen=True)
class _Affine:
    """A model as a function of the columns: the last number of ``levels`` is for other categories."""

    constant: float
    slopes: dict[str, float]
    gaps: dict[str, float]
    levels: dict[str, tuple[dict[str, float], float]]


def _is_whole(record: Record) -> bool:
    return bool(record.residuals and record.coefficients and record.intercept)


def _intercept(record: Record) -> float:
    assert record.intercept is not None
    return record.intercept[0]


def _coefficients(record: Record, preparation: Preparation) -> Array | None:
    """Return the coefficient of each prepared feature; None if the record lacks non-zero ones."""
    held = record.coefficients or {}
    complete = len(held) == len(preparation.names) or 0.0 in (values[0] for values in held.values())
    if not complete or not held.keys() <= set(preparation.names):
        return None
    return np.array([held.get(name, [0.0])[0] for name in preparation.names])


def _affine(preparation: Preparation, coef: Array, constant: float) -> _Affine:
    width = sum(len(block.names) for block in preparation.blocks)
    weights = np.zeros(width)
    weights[preparation.kept] = coef
    slopes: dict[str, float] = {}
    gaps: dict[str, float] = {}
    levels: dict[str, tuple[dict[str, float], float]] = {}
    end = 0
    for block in preparation.blocks:
        start, end = end, end + len(block.names)
        own = weights[start:end]
        if isinstance(block, Levels):
            rest = float(own[-1]) if block.rest else 0.0
            levels[block.column] = dict(zip(block.own, own.tolist(), strict=False)), rest
            continue
        constant += _add_numbers(block, own, slopes, gaps)
    return _Affine(float(constant), slopes, gaps, levels)


def _add_numbers(
    block: Scaled, weights: Array, slopes: dict[str, float], gaps: dict[str, float]
) -> float:
    """Store the terms of each column, and return their constant term."""
    per_unit = weights / block.scale
    for place, name in enumerate(block.columns):
        slopes[name] = float(per_unit[place])
        gaps[name] = float(per_unit[place] * block.fill[place])
    for mark, place in enumerate(block.marked):
        gaps[block.columns[place]] += float(per_unit[len(block.columns) + mark])
    return -float(per_unit @ block.mean)


def _table(column: str, models: Sequence[tuple[dict[str, float], float]]) -> LevelTable:
    own = tuple(dict.fromkeys(level for known, _ in models for level in known))
    rows = [[known.get(level, rest) for known, rest in models] for level in own]
    return LevelTable(column, own, np.array([*rows, [rest for _, rest in models]]))
