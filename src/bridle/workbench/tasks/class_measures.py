"""Further measures of predicted probabilities: AUC, calibration and confusion."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, roc_auc_score

from bridle.types import Array

__all__ = ["CALIBRATION_BINS", "class_measures"]

CALIBRATION_BINS = 10
"""Intervals of equal width of the predicted probability."""

_MOST_CLASSES = 12
"""Most classes of a confusion matrix; a larger matrix cannot be read."""


def class_measures(y: npt.NDArray[Any], probabilities: Array, n_classes: int) -> dict[str, Any]:
    """Return further measures of probabilities, as plain numbers that can be summed over runs.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Codes of the classes.
    probabilities : ndarray of shape (n, n_classes)
    n_classes : int

    Returns
    -------
    dict
        ``auc``, the area under the ROC curve (with three classes or more the mean over classes, each
        against the rest), None if a class has no row; ``calibration``, one triple for each tenth of
        probability: rows, sum of the predicted probabilities, and rows that were of the predicted class
        (of two classes the second is predicted); and ``confusion``, rows by true class, then by
        predicted class, for at most 12 classes.
    """
    classes = np.arange(n_classes)
    found: dict[str, Any] = {
        "auc": _auc(classes, y, probabilities),
        "calibration": _calibration(y, probabilities),
    }
    if classes.size <= _MOST_CLASSES:
        named = probabilities.argmax(axis=1)
        found["confusion"] = confusion_matrix(y, named, labels=classes).tolist()
    return found


def _auc(classes: npt.NDArray[np.intp], y: npt.NDArray[Any], prediction: Array) -> float | None:
    if np.unique(y).size < classes.size:
        return None
    if classes.size == 2:
        return float(roc_auc_score(y, prediction[:, 1]))
    # Computed here, since scikit-learn refuses float32 probabilities that do not sum to 1 exactly.
    areas = [roc_auc_score(y == label, prediction[:, label]) for label in classes]
    return float(np.mean(areas))


def _calibration(y: npt.NDArray[Any], prediction: Array) -> list[list[float]]:
    """Return rows, summed probability and hits of each bin of the predicted class's probability."""
    binary = prediction.shape[1] == 2
    named = np.ones(len(y), dtype=np.intp) if binary else prediction.argmax(axis=1)
    probability = prediction[np.arange(len(y)), named].astype(np.float64)
    place = np.clip((probability * CALIBRATION_BINS).astype(np.intp), 0, CALIBRATION_BINS - 1)

    def added(weights: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        return np.bincount(place, weights, minlength=CALIBRATION_BINS)

    columns = (added(), added(probability), added((y == named).astype(np.float64)))
    return [[int(n), float(p), int(hits)] for n, p, hits in zip(*columns, strict=True)]
