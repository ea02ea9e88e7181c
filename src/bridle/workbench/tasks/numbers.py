"""`Numbers`: base class of the kinds of tasks whose target is a number."""

from __future__ import annotations

from abc import ABC
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.columns.columns import kind_of, refuse_non_finite
from bridle.workbench.tasks.base import TaskType

__all__ = ["Numbers", "as_numbers", "only_one_value"]


class Numbers(TaskType, ABC):
    """A task whose target is a number, in units of its scale."""

    target_is = "a number"
    measure_heads = MappingProxyType({"rmse": "RMSE", "mae": "MAE"})

    def varies(self, y: npt.NDArray[Any]) -> bool:
        """Return whether two numbers differ."""
        return bool(np.ptp(y) != 0)

    def scaled(self, y: npt.NDArray[Any], mean: float, scale: float) -> npt.NDArray[Any]:
        """Return ``(y - mean) / scale``."""
        return np.asarray((y - mean) / scale)

    def measures(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> dict[str, Any]:
        """Return ``rmse`` and ``mae``, in units of the given target."""
        errors = (prediction - y) * scale
        return {"rmse": float(np.sqrt(np.mean(errors**2))), "mae": float(np.mean(np.abs(errors)))}

    def residuals(self, y: npt.NDArray[Any], prediction: Array, scale: float) -> Array | None:
        """Return the absolute errors in units of the given target, in ascending order."""
        return np.asarray(np.sort(np.abs(y - prediction)) * scale)

    def constant(self, y: npt.NDArray[Any], n_classes: int) -> Array:
        """Return the mean."""
        return np.array([y.mean()])


def as_numbers(
    column: pd.Series[Any], name: str, kind: str, n_without: int
) -> npt.NDArray[np.float64]:
    """Return finite numbers of a target, two of which differ.

    Raises
    ------
    InputError
        The target is text, holds infinite numbers, or has a single value.
    """
    if kind_of(column.dtype) == "category":
        raise InputError(
            f"The target {name!r} is text, for instance {column.iloc[0]!r}, and task={kind!r} "
            "needs numbers. Ask for 'binary' or 'multiclass', or leave the task to be inferred."
        )
    values = column.to_numpy(dtype=np.float64)
    refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    if np.ptp(values) == 0:
        raise InputError(only_one_value(name, f"{values[0]:g}", n_without))
    return values


def only_one_value(name: str, value: str, n_without: int) -> str:
    """Return the message on a target with a single value."""
    which = f"every row that has one ({n_without:,} have none)" if n_without else "every row"
    return (
        f"The target {name!r} is {value} in {which}, so there is nothing to predict. It needs "
        "two classes or two different numbers."
    )
