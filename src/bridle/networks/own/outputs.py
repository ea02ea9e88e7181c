"""Outputs of a network with its noise off, as logits or numbers in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logit

from bridle.networks.own.head import Link
from bridle.types import AnyArray

__all__ = ["ROWS_AT_ONCE", "linear_outputs", "raw_outputs", "to_linear"]

ROWS_AT_ONCE = 256
"""Rows of every forward pass: with one shape, a row's prediction depends on no other row's."""


def raw_outputs(network: Any, X: AnyArray) -> AnyArray:
    """Return what a network returns for float32 features, with the noise off."""
    n = len(X)
    padded = np.zeros((-(-n // ROWS_AT_ONCE) * ROWS_AT_ONCE, *X.shape[1:]), dtype=np.float32)
    padded[:n] = X
    return np.asarray(network.predict(padded, batch_size=ROWS_AT_ONCE, verbose=0))[:n]


def linear_outputs(network: Any, link: Link, X: AnyArray) -> AnyArray:
    """Return the logits or numbers of a network for float32 features, with the noise off.

    Probabilities are turned into logits, those of 0 and 1 into the nearest ones of float32.

    Returns
    -------
    ndarray of shape (n, n_outputs)
        Float64.
    """
    return to_linear(link, raw_outputs(network, X).reshape(len(X), -1))


def to_linear(link: Link, raw: AnyArray) -> AnyArray:
    """Return raw outputs of shape (n, n_outputs) as logits or numbers in double precision."""
    outputs = raw.astype(np.float64)
    single = np.finfo(np.float32)
    if link == "softmax":
        return np.log(np.maximum(outputs, single.tiny))
    if link == "sigmoid":
        return np.asarray(logit(np.clip(outputs, single.tiny, 1 - single.epsneg)))
    return outputs
