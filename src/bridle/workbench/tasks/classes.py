"""`Classes`: base class of the kinds of tasks whose target is a class, judged by the log loss."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import accuracy_score, log_loss

from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.columns.columns import kind_of, refuse_non_finite
from bridle.workbench.tasks.base import CodedTarget, PlainFit, TaskKind, TaskType
from bridle.workbench.tasks.class_measures import class_measures
from bridle.workbench.tasks.numbers import only_one_value
from bridle.workbench.tasks.percentages import percentages
from bridle.workbench.tasks.plain_fits import logistic_fit

__all__ = ["Classes", "read_classes"]

_ROWS_PER_CLASS = 3


class Classes(TaskType, ABC):
    """A task whose target is a class; models predict the probabilities of all classes."""

    target_is = "a class"
    metric = "log loss"
    score_name = "accuracy"
    measure_heads = MappingProxyType({"auc": "AUC"})
    is_classification = True
    has_intervals = False

    def read(
        self, column: pd.Series[Any], name: str, n_without: int, least: int = 0
    ) -> CodedTarget:
        """Return the codes of the sorted classes."""
        return read_classes(column, name, self.name, n_without, least)

    def risk(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> float:
        """Return the log loss; a probability of 0 is replaced by the spacing of floats at 1."""
        return float(log_loss(y, prediction, labels=np.arange(n_classes)))

    def score(self, y: npt.NDArray[Any], prediction: Array) -> float:
        """Return the accuracy."""
        return float(accuracy_score(y, prediction.argmax(axis=1)))

    def score_given(self, y: Any, predicted: Any) -> float:
        """Return the accuracy."""
        return float(accuracy_score(y, predicted))

    def measures(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> dict[str, Any]:
        """Return AUC, calibration and confusion; see `class_measures`."""
        return class_measures(y, prediction, n_classes)

    def constant(self, y: npt.NDArray[Any], n_classes: int) -> Array:
        """Return the frequencies of the classes."""
        return np.asarray(np.bincount(y, minlength=n_classes) / y.size)

    def constant_loss(
        self, train: npt.NDArray[Any], validation: npt.NDArray[Any], n_classes: int
    ) -> float:
        """Return the log loss of the frequencies, with half a row more for each class."""
        counts: Array = np.bincount(train, minlength=n_classes).astype(np.float64)
        shares = (counts + 0.5) / (counts + 0.5).sum()
        return float(-np.log(shares[validation]).mean())

    def strata(self, y: npt.NDArray[Any]) -> npt.NDArray[np.intp] | None:
        """Return the codes of the classes."""
        return y.astype(np.intp)

    def plain_fit(self, X: Array, y: npt.NDArray[Any]) -> PlainFit:
        """Fit a logistic regression."""
        return logistic_fit(X, y)

    def fits_exactly(self, y: npt.NDArray[Any], prediction: Array) -> dict[str, bool]:
        """Return whether every row is classified correctly."""
        return {"separated": bool((prediction.argmax(axis=1) == y).all())}

    def said(
        self,
        scores: Sequence[float],
        risks: Sequence[float | None],
        number: Callable[[float], str],
    ) -> tuple[str, list[str]]:
        """Return the shares of rows classified correctly."""
        first, *rest = percentages(scores)
        return f"is right on {first} of new rows", [f"on {share}" for share in rest]


def read_classes(
    column: pd.Series[Any], name: str, kind: str | None, n_without: int, least: int
) -> CodedTarget:
    """Return the codes of the classes of a target.

    Parameters
    ----------
    column, name, n_without, least
        See `TaskType.read`.
    kind : str or None
        The kind that was asked for, if one was.

    Raises
    ------
    InputError
        A number is not finite, the number of classes is not that of the kind or 1, or a class has fewer
        than three rows.
    """
    if kind_of(column.dtype) == "number":
        values = column.to_numpy(dtype=np.float64)
        refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    classes, codes, counts = np.unique(column.to_numpy(), return_inverse=True, return_counts=True)
    names = tuple(_name(value, least) for value in classes)
    if len(names) == 1:
        raise InputError(only_one_value(name, repr(names[0]), n_without))
    suggested: TaskKind = "binary" if len(names) == 2 else "multiclass"
    if kind not in (None, suggested):
        raise InputError(
            f"The target {name!r} has {len(names)} classes, which is {suggested!r}. "
            f"Received: task={kind!r}. Ask for {suggested!r}, or leave the task to be inferred."
        )
    _refuse_small_classes(name, names, counts)
    labels = tuple(_as_given(value, least) for value in classes)
    return CodedTarget(codes.astype(np.int64), suggested, names, labels)


def _refuse_small_classes(name: str, labels: tuple[str, ...], counts: npt.NDArray[np.intp]) -> None:
    small = np.flatnonzero(counts < _ROWS_PER_CLASS)
    if len(small):
        count = int(counts[small[0]])
        others = f" (and {len(small) - 1:,} more)" if len(small) > 1 else ""
        raise InputError(
            f"The class {labels[small[0]]!r} of the target {name!r} is too small{others}: it has "
            f"{count} row{'s' if count > 1 else ''} and needs {_ROWS_PER_CLASS}, one each to "
            "train, to validate and to test. Merge it with another class, remove its rows, or ask "
            "for task='regression' if the target is a quantity."
        )


def _name(value: Any, least: int) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) + least) if whole or least else str(value)


def _as_given(value: Any, least: int) -> Any:
    """Return a class as a plain value of Python, a whole number as an integer."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool | str):
        return plain
    return int(plain) + least if float(plain).is_integer() or least else plain
