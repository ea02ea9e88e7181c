"""A training step of an LSTM with dropped weights, and with Keras's dropout of the state."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from benchmarks.scaffold.pairs import Call, Pair
from bridle.dropout.keras_layers import DropoutLSTM

__all__ = ["pair"]

UNITS, RATE = 128, 0.3
BATCH, TIMESTEPS, FEATURES = 32, 50, 32


def pair() -> Pair:
    """Return steps with Adam on batches of 32 sequences of 50 timesteps."""
    return Pair(
        _step(lambda: DropoutLSTM(UNITS, weight_dropout=RATE, seed=0)),
        _step(lambda: keras.layers.LSTM(UNITS, recurrent_dropout=RATE, seed=0)),
    )


def _step(recurrent: Any) -> Call:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((TIMESTEPS, FEATURES)), recurrent(), keras.layers.Dense(1)]
    )
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, TIMESTEPS, FEATURES), dtype=np.float32)
    y = rng.standard_normal((BATCH, 1), dtype=np.float32)
    model.compile("adam", "mse")
    return lambda: model.train_on_batch(x, y)
