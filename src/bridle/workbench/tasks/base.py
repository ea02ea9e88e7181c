"""`TaskType`: what a kind of task states about its target, its models and its measures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard
from bridle.elastic_net.loss import Loss, SingleOutputLoss
from bridle.networks.output_kind import Kind, predictions
from bridle.types import Array

__all__ = ["CodedTarget", "PlainFit", "TaskKind", "TaskType"]

TaskKind = Literal["binary", "multiclass", "regression", "count", "survival"]


@dataclass(frozen=True, eq=False)
class CodedTarget:
    """A target in the form that models take.

    Attributes
    ----------
    values : ndarray of shape (n,)
        int64 codes 0, 1, … of the sorted classes, float64 numbers, or the times and events of
        `bridle.workbench.tasks.survival.outcomes_of`.
    kind : TaskKind
        Name of the kind of task.
    classes : tuple of str
        Names of the classes, and empty for others.
    labels : tuple of str, int, float and bool
        The classes as they were given.
    """

    values: npt.NDArray[Any]
    kind: TaskKind
    classes: tuple[str, ...] = ()
    labels: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class PlainFit:
    """A linear model without a penalty.

    Attributes
    ----------
    coef : ndarray of shape (p, outputs)
    intercept : ndarray of shape (outputs,)
    details : mapping
        Settings and outcome of the fit, for the record.
    """

    coef: Array
    intercept: Array
    details: Mapping[str, Any] = field(default_factory=dict)


class TaskType(ABC):
    """A kind of task: how its target is read, scaled, fitted and judged.

    A concrete kind is final. It stands in a file of its own, and on a line of
    `bridle.workbench.tasks.catalogue`. Targets y are those of `bridle.workbench.arm.base.Part`.
    """

    name: TaskKind
    """Name in ``--task``, files and records."""

    target_is: str
    """What the target of a row is, after "the target is"."""

    metric: str
    """Name of the risk, by which models are judged: smaller is better."""

    score_name: str
    """Name of the score that is shown in addition: larger is better."""

    measure_heads: Mapping[str, str]
    """Names of further measures, and their heads in a table."""

    is_classification = False
    """Whether the target is a class."""

    has_scaled_curves = False
    """Whether loss curves are in units of the target's variance rather than of the metric."""

    curve_loss: str = ""
    """Name of the loss of curves; empty if it is the metric."""

    link: Kind
    """Kind of the link between a model's outputs and its predictions."""

    has_log_outputs = False
    """Whether the output of a model is the logarithm of its prediction."""

    has_events = False
    """Whether the target is a time and whether its event was seen, in two columns."""

    has_intercept = True
    """Whether a linear model has an intercept."""

    has_intervals = True
    """Whether predictions have intervals, whose widths are those of errors on test rows."""

    has_fold_models = False
    """Whether intervals may be those of linear models of the folds (CV+)."""

    network_dtype: type[np.number[Any]] = np.float32
    """Type of the target as networks take it."""

    network_kinds: tuple[str, ...]
    """Kinds of networks whose outputs suit the task."""

    scanned_loss: SingleOutputLoss | None = None
    """Loss by which rows that are not in memory are fitted; None if all have to be in memory."""

    least: float = -np.inf
    """Smallest value of the target that is possible."""

    @abstractmethod
    def read(
        self, column: pd.Series[Any], name: str, n_without: int, least: int = 0
    ) -> CodedTarget:
        """Return a target in the form that models take.

        Parameters
        ----------
        column : Series of length n
            In canonical form (`bridle.workbench.columns.columns.canonical_column`), none missing.
        name : str
            Its name, for messages.
        n_without : int
            Number of rows without a target, for messages.
        least : int
            Number that was subtracted from large integers. Default 0.

        Raises
        ------
        InputError
            The values do not suit the kind, or there is nothing to predict.
        """

    def checked_as(
        self, y: npt.NDArray[Any], classes: tuple[str, ...]
    ) -> tuple[tuple[npt.NDArray[Any], TaskKind, tuple[str, ...]], ...]:
        """Return the targets that the checks of a table look at, with their kinds and classes."""
        return ((y, self.name, classes),)

    def ordered(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the target as one number or code for each row."""
        return y

    def divided_by(
        self, y: npt.NDArray[Any], classes: tuple[str, ...]
    ) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
        """Return what splits see of the target: codes and their names, or numbers and no names."""
        return y, classes

    def has_classes(self, number: int) -> bool:
        """Return whether the kind may have so many classes."""
        return number == 0

    def n_outputs(self, n_classes: int) -> int:
        """Return the number of outputs of a model with so many classes."""
        return 1

    def scale(self, y: npt.NDArray[Any]) -> tuple[float, float]:
        """Return mean and scale of the training rows' target; 0 and 1 leave it as it is."""
        return 0.0, 1.0

    def varies(self, y: npt.NDArray[Any]) -> bool:
        """Return whether there is something to learn from the training rows' target."""
        return True

    def for_networks(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return targets in the form that networks take."""
        return y.astype(self.network_dtype)

    def scaled(self, y: npt.NDArray[Any], mean: float, scale: float) -> npt.NDArray[Any]:
        """Return targets in units of the scale."""
        return y

    @abstractmethod
    def risk(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> float:
        """Return the risk of predictions, in the units of the given target.

        Parameters
        ----------
        y : ndarray of shape (n,)
            Targets in units of the scale.
        prediction : ndarray of shape (n, classes) or (n,)
            Probabilities of the classes, or predictions in units of the scale.
        scale : float
            Default 1.
        n_classes : int
            Default 0.
        """

    @abstractmethod
    def score(self, y: npt.NDArray[Any], prediction: Array) -> float:
        """Return the score of predictions; see `risk` for parameters."""

    @abstractmethod
    def score_given(self, y: Any, predicted: Any) -> float:
        """Return the score of predicted labels or numbers, both in the form of the given target."""

    @abstractmethod
    def measures(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> dict[str, Any]:
        """Return further measures as plain numbers; see `risk` for parameters."""

    def baseline(self, y: npt.NDArray[Any], prediction: Array) -> BaselineHazard | None:
        """Return the baseline hazard of rows with these predictions; None without survival times."""
        return None

    def residuals(self, y: npt.NDArray[Any], prediction: Array, scale: float) -> Array | None:
        """Return the absolute errors of predictions; None if the target has none."""
        return None

    @abstractmethod
    def constant(self, y: npt.NDArray[Any], n_classes: int) -> Array:
        """Return the best prediction that ignores all features, of shape (classes,) or (1,)."""

    @abstractmethod
    def constant_loss(
        self, train: npt.NDArray[Any], validation: npt.NDArray[Any], n_classes: int
    ) -> float:
        """Return the validation loss of the training rows' best constant, in the unit of curves."""

    def strata(self, y: npt.NDArray[Any]) -> npt.NDArray[np.intp] | None:
        """Return the codes by which folds are stratified; None for folds of plain rows."""
        return None

    @abstractmethod
    def penalized(self, y: npt.NDArray[Any], n_classes: int) -> tuple[Loss, Array]:
        """Return the loss of the elastic net, and its targets of shape (n, outputs)."""

    @abstractmethod
    def plain_fit(self, X: Array, y: npt.NDArray[Any]) -> PlainFit:
        """Return the linear model without a penalty."""

    def fits_exactly(self, y: npt.NDArray[Any], prediction: Array) -> dict[str, bool]:
        """Return ``separated``, whether every row is classified correctly; nothing without classes."""
        return {}

    def predictions(self, outputs: Array) -> Array:
        """Return the predictions of a model from its outputs, by the inverse link."""
        return predictions(self.link, outputs)

    def in_given_units(
        self, coefs: Array, intercepts: Array, mean: float, scale: float
    ) -> tuple[Array, Array]:
        """Return coefficients and intercepts for the target as it was given."""
        return coefs, intercepts

    @abstractmethod
    def said(
        self,
        scores: Sequence[float],
        risks: Sequence[float | None],
        number: Callable[[float], str],
    ) -> tuple[str, list[str]]:
        """Return what follows "It" for the first of some models, and what follows the others' names.

        Parameters
        ----------
        scores, risks : sequence of float
            Mean score and risk of each model on its test rows.
        number : callable
            Formats a number.
        """
