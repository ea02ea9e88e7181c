"""Fifty samples with the noise on in one call, and in fifty."""

from __future__ import annotations

import keras
import numpy as np

from benchmarks.dropout.keras_masks import dense_network
from benchmarks.scaffold.pairs import Pair
from bridle import MonteCarlo

__all__ = ["pair"]

SAMPLES = 50


def pair() -> Pair:
    """Return predictions for 128 rows by 784-512-512-10, as arrays."""
    x = np.random.default_rng(0).standard_normal((128, 784), dtype=np.float32)
    sampler = MonteCarlo(dense_network(keras.layers.Dropout))
    model = dense_network(keras.layers.Dropout)
    return Pair(
        lambda: sampler.predict(x, samples=SAMPLES, seed=0),
        lambda: np.stack([np.asarray(model(x, training=True)) for _ in range(SAMPLES)]),
    )
