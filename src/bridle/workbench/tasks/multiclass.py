"""`multiclass`: one of three or more classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.loss import Loss, Multinomial
from bridle.types import Array
from bridle.workbench.tasks.classes import Classes

__all__ = ["Multiclass"]


class Multiclass(Classes):
    """One of three or more classes; a model has an output for each."""

    name = "multiclass"
    link = "multiclass"
    network_dtype = np.int32
    network_kinds = ("multiclass",)

    def has_classes(self, number: int) -> bool:
        """Return whether there are three or more."""
        return number > 2

    def n_outputs(self, n_classes: int) -> int:
        """Return the number of classes."""
        return n_classes

    def penalized(self, y: npt.NDArray[Any], n_classes: int) -> tuple[Loss, Array]:
        """Return the multinomial loss, and indicators of the classes."""
        return Multinomial(), np.eye(n_classes)[y.astype(np.intp)]
