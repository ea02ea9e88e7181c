"""`binary`: one of two classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.loss import Logistic, Loss
from bridle.types import Array
from bridle.workbench.tasks.classes import Classes

__all__ = ["Binary"]


class Binary(Classes):
    """One of two classes; a model has one output, the logit of the second."""

    name = "binary"
    link = "binary"
    network_kinds = ("binary", "multiclass")
    scanned_loss = Logistic()

    def has_classes(self, number: int) -> bool:
        """Return whether there are two."""
        return number == 2

    def penalized(self, y: npt.NDArray[Any], n_classes: int) -> tuple[Loss, Array]:
        """Return the logistic loss."""
        return Logistic(), y.astype(np.float64)[:, None]
