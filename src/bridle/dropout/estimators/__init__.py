"""Estimators with scikit-learn's contract around a network with dropout."""

from bridle.dropout.estimators.classifier import DropoutClassifier as DropoutClassifier
from bridle.dropout.estimators.regressor import DropoutRegressor as DropoutRegressor

__all__ = ["DropoutClassifier", "DropoutRegressor"]
