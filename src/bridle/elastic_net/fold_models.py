"""What one fold gave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.specification import Specification

__all__ = ["FoldModels"]

Array = npt.NDArray[np.float64]


class FoldModels(NamedTuple):
    """What one fold gave at S strengths: S csc_array of shape (p, outputs), intercepts (S, outputs)."""

    coefs: tuple[sparse.csc_array, ...]
    intercepts: Array

    def at(self, index: int) -> FoldModels:
        """Return one strength of them."""
        return FoldModels(self.coefs[index : index + 1], self.intercepts[index : index + 1])

    def linear_predictors(
        self, specification: Specification, rows: npt.NDArray[np.intp]
    ) -> list[Array]:
        """Return the linear predictor of some rows at each strength, S arrays (m, outputs)."""
        used = np.unique(np.concatenate([one.indices for one in self.coefs])).astype(np.intp)
        layout = specification.design.layout()
        # The held-out rows of the features in use: the only part of X that is gathered.
        table = (layout.array[np.ix_(rows, used)] - layout.center[used]) / layout.scale[used]
        stacked = table @ np.hstack([one.tocsr()[used].toarray() for one in self.coefs])
        shift = 0.0 if specification.offset is None else specification.offset[rows]
        outputs = self.intercepts.shape[1]
        return [
            shift + stacked[:, step * outputs : (step + 1) * outputs] + intercept
            for step, intercept in enumerate(self.intercepts)
        ]
