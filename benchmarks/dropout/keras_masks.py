"""A training step of a Keras network with bridle's masks, and with Keras's own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from benchmarks.scaffold.pairs import Call, Pair
from bridle.dropout import keras_layers

__all__ = ["dense_network", "pair"]

RATE = 0.5
STEPS = 10
"""Batches of a call of ``fit``."""

CONVOLUTIONS = {
    "SpatialDropout1D": (keras.layers.Conv1D, (128, 16), 64),
    "SpatialDropout2D": (keras.layers.Conv2D, (16, 16, 3), 64),
    "SpatialDropout3D": (keras.layers.Conv3D, (8, 8, 8, 1), 32),
}
"""Convolution, shape of a sample and size of a batch."""


def pair(kind: str) -> Pair:
    """Return calls of ``fit`` on ten batches with Adam."""
    return Pair(*(_fit(getattr(home, kind), kind) for home in (keras_layers, keras.layers)))


def dense_network(mask: Any, activation: str = "relu") -> Any:
    """Return 784-512-512-10 with a mask after each hidden layer."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(512, activation),
            mask(RATE, seed=1),
            keras.layers.Dense(512, activation),
            mask(RATE, seed=2),
            keras.layers.Dense(10),
        ]
    )


def _fit(mask: Any, kind: str) -> Call:
    if kind in CONVOLUTIONS:
        convolution, shape, batch = CONVOLUTIONS[kind]
        model = _convolutional_network(convolution, shape, mask)
    else:
        shape, batch = (784,), 128
        model = dense_network(mask, "selu" if kind == "AlphaDropout" else "relu")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((STEPS * batch, *shape), dtype=np.float32)
    y = rng.integers(0, 10, len(x))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return lambda: model.fit(x, y, batch_size=batch, epochs=1, shuffle=False, verbose=0)


def _convolutional_network(convolution: Any, shape: tuple[int, ...], mask: Any) -> Any:
    keras.utils.set_random_seed(0)
    features = keras.Input(shape)
    h = mask(RATE, seed=1)(convolution(32, 3, activation="relu")(features))
    h = mask(RATE, seed=2)(convolution(64, 3, activation="relu")(h))
    return keras.Model(features, keras.layers.Dense(10)(keras.layers.Flatten()(h)))
