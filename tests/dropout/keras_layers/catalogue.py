"""Every Keras layer of bridle's, with what it takes and the layer of Keras that it drops in for.

The laws run on whatever backend KERAS_BACKEND names; what differs between backends is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle import streams
from bridle.backend import load_keras
from bridle.dropout import keras_layers as ours

keras = load_keras()
ops = keras.ops
theirs = keras.layers
BACKEND = keras.backend.backend()


@dataclass(frozen=True)
class Case:
    """A layer.

    ``make(rate, **settings)`` makes it, ``twin()`` the layer of Keras with the same weights,
    ``shape`` is that of a batch, ``rates`` are its arguments that are rates. The noise stands on its
    ``input`` or, if not, on weights; the ``bernoulli`` ones have outputs 0 or x / q.
    """

    make: Callable[..., Any]
    shape: tuple[int, ...]
    twin: Callable[[], Any] | None = None
    input: bool = True
    bernoulli: bool = True
    rates: tuple[str, ...] = ("rate",)

    def batch(self, seed: int = 0) -> Any:
        """Return a batch of the shape: words for an embedding, else numbers away from zero."""
        generator = streams.generator(seed, "batch")
        if self.twin is embedding:
            return generator.integers(0, 9, self.shape).astype("int32")
        return generator.uniform(0.5, 2.0, self.shape).astype("float32")


def embedding() -> Any:
    return theirs.Embedding(9, 3)


def recurrent(layer: Any, **rates: float) -> Callable[..., Any]:
    """Return a maker that puts one rate into every noise of a recurrent layer that is not zero."""

    def make(rate: float, **settings: Any) -> Any:
        # Unrolled, since JAX compiles a loop anew each time.
        return layer(4, unroll=True, **dict.fromkeys(rates, rate), **settings)

    return make


CASES = {
    "Dropout": Case(ours.Dropout, (4, 8), lambda: theirs.Dropout(0.5)),
    "Dropout over time": Case(
        lambda rate, **more: ours.Dropout(rate, noise_shape=(None, 1, None), **more),
        (4, 3, 8),
        lambda: theirs.Dropout(0.5, noise_shape=(None, 1, None)),
    ),
    "SpatialDropout1D": Case(
        ours.SpatialDropout1D, (4, 3, 8), lambda: theirs.SpatialDropout1D(0.5)
    ),
    "SpatialDropout2D": Case(
        ours.SpatialDropout2D, (4, 3, 2, 8), lambda: theirs.SpatialDropout2D(0.5)
    ),
    "SpatialDropout3D": Case(
        ours.SpatialDropout3D, (4, 2, 2, 2, 8), lambda: theirs.SpatialDropout3D(0.5)
    ),
    "GaussianDropout": Case(
        ours.GaussianDropout, (4, 8), lambda: theirs.GaussianDropout(0.5), bernoulli=False
    ),
    "AlphaDropout": Case(
        ours.AlphaDropout, (4, 8), lambda: theirs.AlphaDropout(0.5), bernoulli=False
    ),
    "DropPath": Case(ours.DropPath, (32, 2, 3)),
    "DropBlock2D": Case(
        lambda rate, **more: ours.DropBlock2D(rate, 2, data_format="channels_last", **more),
        (4, 3, 5, 2),
    ),
    "EmbeddingDropout": Case(
        lambda rate, **more: ours.EmbeddingDropout(9, 3, rate=rate, **more),
        (4, 6),
        embedding,
        input=False,
    ),
    "DropConnectDense": Case(
        lambda rate, **more: ours.DropConnectDense(5, "tanh", rate=rate, **more),
        (4, 8),
        lambda: theirs.Dense(5, "tanh"),
        input=False,
    ),
    "DropoutLSTM": Case(
        recurrent(ours.DropoutLSTM, dropout=1, recurrent_dropout=1, weight_dropout=1),
        (4, 3, 2),
        lambda: theirs.LSTM(4, unroll=True),
        input=False,
        rates=("dropout", "recurrent_dropout", "weight_dropout"),
    ),
    "DropoutGRU": Case(
        recurrent(ours.DropoutGRU, dropout=1, recurrent_dropout=1, weight_dropout=1),
        (4, 3, 2),
        lambda: theirs.GRU(4, unroll=True),
        input=False,
        rates=("dropout", "recurrent_dropout", "weight_dropout"),
    ),
}

ON_INPUT = {name: case for name, case in CASES.items() if case.input}
BERNOULLI = {name: case for name, case in ON_INPUT.items() if case.bernoulli}
WITH_TWIN = {name: case for name, case in CASES.items() if case.twin}


def array(tensor: Any) -> np.ndarray:
    return np.array(ops.convert_to_numpy(tensor))


def built(layer: Any, batch: Any) -> Any:
    """Return the layer with its weights made, and no draw made."""
    layer(batch)
    return layer


def noisy(layer: Any, batch: Any) -> np.ndarray:
    return array(layer(ops.convert_to_tensor(batch), training=True))


def counters(layer: Any) -> list[int]:
    """Return the counters of the streams in the layer that noise uses."""
    return [int(one[1]) for one in streams_of(layer)]


def streams_of(layer: Any) -> list[np.ndarray]:
    """Return the states of those streams: key and counter."""
    return [array(one.value) for one in layer.variables if "_stream/" in one.path]


def copy_weights(source: Any, target: Any) -> None:
    for old, new in zip(source.weights, target.weights, strict=True):
        new.assign(old.value)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as the backend compiles it; PyTorch runs as it is."""
    if BACKEND == "jax":
        from jax import jit

        return jit(function)
    if BACKEND == "tensorflow":
        from tensorflow import function as graph

        return graph(function)
    return function


def gradient(function: Callable[[Any], Any], x: Any) -> np.ndarray:
    """Return the gradient of the sum of ``function(x)``."""
    if BACKEND == "jax":
        from jax import grad

        return array(grad(lambda one: function(one).sum())(ops.convert_to_tensor(x)))
    x = ops.convert_to_tensor(x)
    if BACKEND == "tensorflow":
        from tensorflow import GradientTape

        with GradientTape() as tape:
            tape.watch(x)
            total = ops.sum(function(x))
        return array(tape.gradient(total, x))
    x.requires_grad_()
    ops.sum(function(x)).backward()
    return array(x.grad)


def stateless(layer: Any) -> Callable[[Any], Any]:
    """Return the training call as a function of the input alone, with its state as it is now."""
    values = [one.value for one in layer.non_trainable_variables]
    weights = [one.value for one in layer.trainable_variables]
    return lambda x: layer.stateless_call(weights, values, x, training=True)[0]
