"""Kinds of outputs of a network, with the loss and the predictions of each.

The output layer of the default network is always linear, and the loss is computed from logits.
Probabilities would be clipped at 1e-7: the loss of a confident wrong answer would stop at about 16,
without a gradient, and understate how much a network overfits. `predictions` applies the inverse link
in double precision.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logsumexp, softmax

from bridle.networks.partial_likelihood import partial_likelihood_loss
from bridle.networks.poisson import deviance_of_outputs, means
from bridle.types import Array

__all__ = ["Kind", "mean_loss", "predictions"]

Kind = Literal["binary", "multiclass", "regression", "count", "survival"]


def mean_loss(
    kind: Kind,
    outputs: npt.NDArray[Any],
    y: npt.NDArray[Any],
    weights: npt.NDArray[Any] | None = None,
) -> float:
    """Return the mean loss of a network's outputs, without penalty, in double precision.

    With logits z: binary ``log(1 + e^z) - y z``, multiclass ``log sum_k e^(z_k) - z_y``,
    regression ``(z - y)^2``, count ``2 (y log y - y - y z + e^z)``; survival as in
    `bridle.networks.partial_likelihood`, with the risk sets of all rows. Infinite or NaN if an output
    is.

    Parameters
    ----------
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Determines the loss.
    outputs : ndarray of shape (n, n_outputs)
        Logits or numbers, n at least 1.
    y : ndarray of shape (n,), or (n, 2) for survival
        Codes 0, 1, … or numbers; times and events.
    weights : ndarray of shape (n,), optional
        Weights of the rows, at least 0 with a positive sum; default: all equal. Not for survival.
    """
    z = outputs.astype(np.float64)
    if kind == "survival":
        return partial_likelihood_loss(y, z[:, 0])
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == "multiclass":
            chosen = np.take_along_axis(z, y.astype(np.intp)[:, None], axis=1)[:, 0]
            losses = logsumexp(z, axis=1) - chosen
        elif kind == "binary":
            losses = np.logaddexp(0.0, z[:, 0]) - y * z[:, 0]
        elif kind == "count":
            losses = deviance_of_outputs(y, z[:, 0])
        else:
            losses = (z[:, 0] - y) ** 2
        return float(np.average(losses, weights=weights))


def predictions(kind: Kind, outputs: npt.NDArray[Any]) -> Array:
    """Return the predictions of a network from its outputs, by the inverse link.

    Parameters
    ----------
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Determines the inverse link: logistic, softmax, identity, exponential, or identity.
    outputs : ndarray of shape (n, n_outputs)
        Logits or numbers.

    Returns
    -------
    ndarray of float64
        Probabilities of shape (n, number of classes), two columns for ``"binary"``; or numbers of
        shape (n,), for survival the logs of risks.
    """
    z = outputs.astype(np.float64)
    if kind == "multiclass":
        return np.asarray(softmax(z, axis=1))
    if kind == "binary":
        return np.column_stack([expit(-z[:, 0]), expit(z[:, 0])])
    return means(z[:, 0]) if kind == "count" else z[:, 0]
