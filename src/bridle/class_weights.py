"""Class weights: the weight that the class of a row gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import compute_sample_weight

from bridle.errors import InputError
from bridle.real_numbers import real_array, shown

__all__ = ["class_weights"]


def class_weights(class_weight: Any, labels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the weight of each row's class, shape (n,).

    Parameters
    ----------
    class_weight : mapping, "balanced" or None
        Numbers of at least 0 by label, 1 for labels that are left out; or n over the number of
        classes times the rows of the class; or 1.
    labels : ndarray of shape (n,)

    Raises
    ------
    InputError
        It is something else, or names a class that is not there.
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
