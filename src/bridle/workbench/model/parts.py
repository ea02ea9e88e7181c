"""`ModelParts`: everything a model needs to predict, and notes on how it was fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard
from bridle.types import Array
from bridle.workbench.arm.constant_predictor import ConstantPredictor
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.data.preparation import ChannelPreparation, Preparation
from bridle.workbench.model.coefficient_table import coefficient_table
from bridle.workbench.model.intervals.fold_models import FoldModels
from bridle.workbench.model.intervals.interval import Interval
from bridle.workbench.model.intervals.residual_interval import Residuals
from bridle.workbench.model.model_columns import ModelColumns
from bridle.workbench.model.stored_module import StoredModule
from bridle.workbench.model.stored_network import StoredNetwork
from bridle.workbench.task import Task

__all__ = ["ModelParts", "Predictor"]

Predictor = LinearPredictor | ConstantPredictor | StoredNetwork | StoredModule


@dataclass(frozen=True, eq=False)
class ModelParts:
    """The saved parts of a fitted arm.

    Attributes
    ----------
    arm, title : str
        Name and description of the arm.
    said : tuple of str
        Sentences on the number of rows it was fitted to and on the settings it chose.
    task : Task
    labels : tuple of str, int, float and bool
        The classes as they were given; empty for a regression.
    target_name : str
        Of survival times, the name of the time.
    target_mean, target_scale : float
        A number or count is ``target_mean + target_scale * predictor(X)``; 0 and 1 for classes.
    columns : ModelColumns
    shape : tuple of int, or None
        Shape of one row if rows are images or sequences, otherwise None.
    preparation : Preparation, ChannelPreparation or None
        None if the predictor takes the features as given.
    feature_names : tuple of str
        Names of the prepared features.
    predictor : LinearPredictor, ConstantPredictor, StoredNetwork or StoredModule
    residuals : Residuals or None
        Errors on test rows, for intervals of a number or count.
    folds : FoldModels or None
        The models of the splits, for narrower intervals of a linear model.
    baseline : BaselineHazard or None
        Of survival times, the baseline hazard of the rows that the model was fitted to.
    """

    arm: str
    title: str
    said: tuple[str, ...]
    task: Task
    labels: tuple[Any, ...]
    target_name: str
    target_mean: float
    target_scale: float
    columns: ModelColumns
    shape: tuple[int, ...] | None
    preparation: Preparation | ChannelPreparation | None
    feature_names: tuple[str, ...]
    predictor: Predictor
    residuals: Residuals | None
    folds: FoldModels | None = None
    baseline: BaselineHazard | None = None

    def outputs(self, prepared: Array) -> Array:
        """Return probabilities of shape (n, classes), or numbers in units of the target."""
        found = self.predictor(prepared)
        if self.task.is_classification:
            return found
        return self.target_mean + self.target_scale * found

    def interval_of(self, level: float) -> Interval:
        """Return the interval at a level, as a function of rows and predictions.

        Raises
        ------
        InputError
            The level is outside (0, 1), or the study tested too few rows for it.
        """
        assert self.residuals is not None
        half, share = self.residuals.half_width(level), self.residuals.share(level)
        return Interval(half, share, self.folds, self.task.type.least)

    def coefficients(self) -> pd.DataFrame:
        """Return the coefficients of a linear model; see `coefficient_table`."""
        assert isinstance(self.predictor, LinearPredictor)
        assert self.preparation is not None
        return coefficient_table(
            self.predictor,
            self.preparation,
            self.feature_names,
            (self.target_mean, self.target_scale),
            self.task.classes,
        )
