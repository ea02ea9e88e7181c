"""Restoring of the models of the splits from a description, with a check of every part."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.workbench.model.intervals.fold_models import FoldModels, LevelTable
from bridle.workbench.model.model_columns import ModelColumns
from bridle.workbench.model.saved.checked_values import (
    Arrays,
    a_scale,
    a_text,
    an_array,
    an_object,
    texts,
)

__all__ = ["restored_folds"]


def restored_folds(held: Any, arrays: Arrays, columns: ModelColumns) -> FoldModels | None:
    """Return the described models, or None if there are none.

    Raises
    ------
    ValueError
        The description is not of the form that `bridle.workbench.model.saved.description` writes.
    """
    if held is None:
        return None
    held = an_object(held, "columns", "levels")
    constants = an_array(arrays, "folds_constants", (None,))
    models = len(constants)
    names = texts("columns", held["columns"])
    if not models or not isinstance(held["levels"], list):
        raise ValueError("there are no models of splits")
    levels = tuple(_levels(i, table, arrays, models) for i, table in enumerate(held["levels"]))
    _refuse_other_columns(names, [table.column for table in levels], columns)
    return FoldModels(
        columns=names,
        slopes=an_array(arrays, "folds_slopes", (len(names), models)),
        gaps=an_array(arrays, "folds_gaps", (len(names), models)),
        constants=constants,
        levels=levels,
        errors=_errors(arrays, models),
        weights=a_scale(arrays, "folds_weights", models),
    )


def _levels(place: int, held: Any, arrays: Arrays, models: int) -> LevelTable:
    held = an_object(held, "column", "own")
    own = texts("own", held["own"])
    if len(set(own)) < len(own):
        raise ValueError("a level is listed twice")
    added = an_array(arrays, f"folds_levels_{place}", (len(own) + 1, models))
    return LevelTable(a_text("column", held["column"]), own, added)


def _refuse_other_columns(
    numbers: tuple[str, ...], categories: list[str], columns: ModelColumns
) -> None:
    read = {name: rule.kind == "category" for name, rule in columns.rules.items()}
    held = {**dict.fromkeys(numbers, False), **dict.fromkeys(categories, True)}
    if held != read or len(held) < len(numbers) + len(categories):
        raise ValueError("the models of splits use other columns than are read")


def _errors(arrays: Arrays, models: int) -> tuple[Any, ...]:
    errors = an_array(arrays, "folds_errors", (None,))
    counts = an_array(arrays, "folds_counts", (models,), whole=True)
    if counts.min() < 1 or counts.sum() != len(errors):
        raise ValueError(
            "the array 'folds_counts' has a count below 1, or does not sum to the number of errors"
        )
    parts = tuple(np.split(errors, np.cumsum(counts)[:-1]))
    if any((part < 0).any() or (np.diff(part) < 0).any() for part in parts):
        raise ValueError("the array 'folds_errors' is not in order")
    return parts
