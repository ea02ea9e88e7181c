"""Chains of layers for the tests of sub-networks."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import streams
from bridle.backend import load_keras
from bridle.dropout.keras_layers import SubNetwork

keras = load_keras()
layers = keras.layers


def dense():
    return [layers.Dense(32, "relu"), layers.Dense(16), layers.ReLU(), layers.Dense(3)]


CHAINS = {
    "dense": ((8,), dense, 0.5),
    "convolution": (
        (6, 6, 3),
        lambda: [
            layers.Conv2D(8, 3, activation="relu"),
            layers.Conv2D(8, 3),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3),
        ],
        0.5,
    ),
    "recurrent": (
        (3, 2),
        lambda: [
            layers.GRU(8, return_sequences=True, unroll=True),
            layers.LSTM(8, unroll=True),
        ],
        [0.5, 0.5],
    ),
}

SLOW_CHAINS = {
    "dense to the end": ((8,), lambda: [layers.Dense(32, "tanh"), layers.Dense(16)], [0.25, 0.5]),
    "LSTM after LSTM": (
        (3, 2),
        lambda: [
            layers.LSTM(8, return_sequences=True),
            layers.LSTM(8),
            layers.Dense(3),
        ],
        0.5,
    ),
    "reset before the product": (
        (3, 2),
        lambda: [
            layers.GRU(32, reset_after=False, return_sequences=True, unroll=True),
            layers.GRU(8, reset_after=False),
            layers.Dense(3),
        ],
        0.5,
    ),
    "no biases": (
        (3, 2),
        lambda: [
            layers.GRU(16, use_bias=False, return_sequences=True),
            layers.SimpleRNN(16, use_bias=False, return_sequences=True),
            layers.GRU(16, use_bias=False, reset_after=False),
        ],
        [0.25, 0.5, 0.5],
    ),
    "backwards, to the end": (
        (3, 2),
        lambda: [
            layers.Dense(8, "relu"),
            layers.SimpleRNN(8, "relu", go_backwards=True, return_sequences=True),
            layers.GRU(8, go_backwards=True, return_sequences=True),
        ],
        [0.5, 0.5, 0.5],
    ),
}

every_chain = pytest.mark.parametrize(
    "chain", [*CHAINS, *(pytest.param(one, marks=pytest.mark.slow) for one in SLOW_CHAINS)]
)


def array(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


def network(chain, **settings):
    shape, make, rate = (CHAINS | SLOW_CHAINS)[chain]
    keras.utils.set_random_seed(0)
    sub = SubNetwork(make(), rate, seed=3, **settings)
    model = keras.Sequential([keras.Input(shape), sub])
    model.compile(keras.optimizers.Adam(1e-2, epsilon=1e-3), "mse")
    return model, sub


def batch(model, rows=6):
    generator = streams.generator(0, "rows")
    shapes = (model.input_shape[1:], model.output_shape[1:])
    return [generator.standard_normal((rows, *one)).astype("float32") for one in shapes]
