"""Class weights: weights of rows by their class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import compute_sample_weight

from bridle.arguments.real_numbers import real_array, shown
from bridle.errors import InputError

__all__ = ["class_weights"]


def class_weights(class_weight: Any, labels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the weight of each row, shape (n,), according to its class.

    Parameters
    ----------
    class_weight : mapping, "balanced" or None
        A mapping from labels to numbers of at least 0; missing labels have weight 1. ``"balanced"``
        means ``n / (number of classes * rows of the class)``. None means 1 for all rows.
    labels : ndarray of shape (n,)
        The class of each row.

    Raises
    ------
    InputError
        ``class_weight`` is none of these, or names a class without rows.
    """
    if class_weight is None:
        return np.ones(len(labels))
    if isinstance(class_weight, Mapping):
        weights = real_array("class_weight", list(class_weight.values()))
        if weights.ndim == 1 and np.all((weights >= 0) & np.isfinite(weights)):
            try:
                return np.asarray(compute_sample_weight(dict(class_weight), labels))
            except ValueError:
                known = np.unique(labels).tolist()
                raise InputError(
                    f"class_weight must name classes of y, which are {known!r}. "
                    f"Received: class_weight={shown(class_weight)}."
                ) from None
    elif isinstance(class_weight, str) and class_weight == "balanced":
        return np.asarray(compute_sample_weight("balanced", labels))
    raise InputError(
        "class_weight must be None, 'balanced' or a dict from labels to finite numbers of at least 0. "
        f"Received: class_weight={shown(class_weight)}."
    )
