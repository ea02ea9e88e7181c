"""Training of a network whose dropped units are left out, and of the same one with masks."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from benchmarks.scaffold.pairs import Call, Pair
from bridle.dropout.keras_layers import SubNetwork

__all__ = ["pair"]

RATE = 0.5
ROWS = 5120
"""Rows of a call of ``fit``."""

IMAGES, IMAGE = 256, (16, 16, 64)


def pair(kind: str, batch: str, width: str, groups: str = "1") -> Pair:
    """Return calls of ``fit`` with Adam.

    Parameters
    ----------
    kind : {"mask", "none", "convolution"}
        784-H-H-10 against Keras's dropout or against no dropout; two convolutions with 64 channels
        against Keras's spatial dropout.
    batch, width, groups : str
        Rows of a batch, H, and mask groups a batch.
    """
    if kind == "convolution":
        return Pair(
            _fit_images(_convolutions(True, int(width)), int(batch)),
            _fit_images(_convolutions(False, int(width)), int(batch)),
        )
    theirs = _masked(int(width), RATE if kind == "mask" else 0.0)
    return Pair(_fit(_left_out(int(width), int(groups)), int(batch)), _fit(theirs, int(batch)))


def _dense(width: int) -> list[Any]:
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(width, "relu") for _ in range(2)]
    return [*hidden, keras.layers.Dense(10)]


def _left_out(width: int, groups: int) -> Any:
    sub_network = SubNetwork(_dense(width), RATE, groups=groups, compute="kept", seed=0)
    return keras.Sequential([keras.Input((784,)), sub_network])


def _masked(width: int, rate: float) -> Any:
    first, second, last = _dense(width)
    masks = [[keras.layers.Dropout(rate, seed=seed)] if rate else [] for seed in (1, 2)]
    return keras.Sequential([keras.Input((784,)), first, *masks[0], second, *masks[1], last])


def _convolutions(left_out: bool, channels: int) -> Any:
    keras.utils.set_random_seed(0)
    first, second = (
        keras.layers.Conv2D(channels, 3, activation="relu", padding="same") for _ in range(2)
    )
    middle = (
        [SubNetwork([first, second], [RATE, RATE], compute="kept", seed=0)]
        if left_out
        else [
            first,
            keras.layers.SpatialDropout2D(RATE, seed=1),
            second,
            keras.layers.SpatialDropout2D(RATE, seed=2),
        ]
    )
    ends = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10)]
    return keras.Sequential([keras.Input(IMAGE), *middle, *ends])


def _fit(model: Any, batch: int) -> Call:
    return _calls(model, (784,), ROWS, batch)


def _fit_images(model: Any, batch: int) -> Call:
    return _calls(model, IMAGE, IMAGES, batch)


def _calls(model: Any, shape: tuple[int, ...], rows: int, batch: int) -> Call:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, *shape), dtype=np.float32)
    y = rng.integers(0, 10, rows)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return lambda: model.fit(x, y, batch_size=batch, epochs=1, shuffle=False, verbose=0)
