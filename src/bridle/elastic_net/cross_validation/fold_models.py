"""Fold models: coefficients and intercepts fitted on the training rows of one fold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.specification import Specification
from bridle.types import Array

__all__ = ["FoldModels"]


class FoldModels(NamedTuple):
    """The models of one fold at S strengths: `Coefficients`, and intercepts of shape (S, outputs)."""

    coefs: Coefficients
    intercepts: Array

    def at(self, index: int) -> FoldModels:
        """Return the model at one strength."""
        return FoldModels(self.coefs[index : index + 1], self.intercepts[index : index + 1])

    def linear_predictors(self, specification: Specification, rows: npt.NDArray[np.intp]) -> Array:
        """Return the linear predictor of m rows at each strength, shape (m, S, outputs)."""
        stacked = specification.design.predict_rows(rows, self.coefs.stacked)
        eta = stacked.reshape(rows.size, *self.intercepts.shape) + self.intercepts
        return eta if specification.offset is None else eta + specification.offset[rows, None]
