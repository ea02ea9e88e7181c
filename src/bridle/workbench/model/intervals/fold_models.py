"""Linear models of the splits of a study, as functions of the columns themselves, and their errors.

Each split prepares features with statistics of its own training rows, so a model of a split takes
other features than that of another. But each is affine in the numbers of a row, in whether a number
is missing, and in the category of each column. Written so, the predictions of all splits for a row
are one product with a matrix of a column for each split: nothing is prepared again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bridle.types import Array
from bridle.workbench.arm.linear_predictor import product_by_rows
from bridle.workbench.data.preparation import MISSING, Levels, Preparation, Scaled
from bridle.workbench.record import Record

__all__ = ["FoldModels", "LevelTable", "fold_models"]


@dataclass(frozen=True, eq=False)
class LevelTable:
    """What the categories of a column add to the prediction of each model.

    Attributes
    ----------
    column : str
    own : tuple of str
        Categories that have a coefficient of their own in some model.
    added : ndarray of shape (categories + 1, models)
        The last row is for all other categories.
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
        What a number adds per unit, and what a missing one adds.
    constants : ndarray of shape (models,)
    levels : tuple of LevelTable
    errors : tuple of ndarray
        Of each model, in units of the target, from the smallest up.
    weights : ndarray of shape (models,)
        How many errors each of a model's errors stands for.
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
            # -1, an unknown one, is the last row; so is a missing one among the categories.
            found += table.added[places[texts.codes]]
        return found


def fold_models(
    runs: Sequence[Record],
    prepared: Callable[[int], tuple[Preparation, float, float]],
) -> FoldModels | None:
    """Return the models of the runs of a linear arm; None if a record does not hold all of one.

    A record keeps the largest coefficients, so that of a model with very many it does not hold all.

    Parameters
    ----------
    runs : sequence of Record
        Runs that gave a result, of a regression.
    prepared : callable
        From a seed to the preparation of its training rows, and mean and scale of their target.
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
    """Return a coefficient for each prepared feature; None if some that are not 0 were not kept."""
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
    """Note what each column adds, and return what is added whatever the values."""
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
