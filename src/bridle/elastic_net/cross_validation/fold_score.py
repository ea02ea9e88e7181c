"""`FoldScore`: base class of the scores by which a cross-validation chooses."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.cross_validation.fold_weights import Fold
from bridle.elastic_net.specification import Specification
from bridle.types import Array

__all__ = ["FoldScore"]


class FoldScore(ABC):
    """A score of the models of a fold, and its weight in the mean over folds."""

    name: str
    greater_is_better: bool

    @property
    def is_deviance(self) -> bool:
        """Whether the score is the deviance (for squared loss, the mean squared error)."""
        return self.name == "deviance"

    @abstractmethod
    def of_fold(self, specification: Specification, fold: Fold, model: FoldModels) -> Array:
        """Return the score of a fold's models, fitted on its training rows, at each strength, (S,)."""

    def weight_of(self, specification: Specification, fold: Fold) -> float:
        """Return the weight of a fold's score in the mean: that of its test rows."""
        return float((fold.test * specification.row_weights()).sum())
