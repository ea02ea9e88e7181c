"""Estimators for scikit-learn that train a network with dropout."""

from bridle.networks.estimators.classifier import DropoutClassifier as DropoutClassifier
from bridle.networks.estimators.regressor import DropoutRegressor as DropoutRegressor

__all__ = ["DropoutClassifier", "DropoutRegressor"]
