"""Keras networks of every shape that people build, tiny, each with the places for its dropout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridle.backend import load_keras

keras = load_keras()
L = keras.layers


def mlp():
    return keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(5, activation="relu", name="a"),
            L.Dense(4, name="b"),
            L.ReLU(name="r"),
            L.Dense(3, activation="softmax", name="out"),
        ],
        name="mlp",
    )


def branches():
    x, z = keras.Input((6,), name="x"), keras.Input((4,), name="z")
    a = L.Dense(5, activation="relu", name="a")(x)
    b = keras.ops.tanh(L.Dense(5, name="b")(z))
    joined = L.Concatenate(name="joined")([a, b])
    c = L.Dense(4, activation="gelu", name="c")(joined[:, 1:])
    heads = {"p": L.Dense(2, name="p")(c), "q": L.Dense(1, name="q")(a)}
    return keras.Model({"x": x, "z": z}, heads, name="branches")


def shared():
    x, y = keras.Input((6,), name="x"), keras.Input((6,), name="y")
    twin = L.Dense(5, activation="relu", name="twin")
    distance = L.Subtract(name="distance")([twin(x), twin(y)])
    return keras.Model([x, y], L.Dense(1, name="out")(distance), name="shared")


def nested():
    encoder = keras.Sequential(
        [keras.Input((6,)), L.Dense(5, activation="relu", name="a"), L.Dense(4, name="b")],
        name="encoder",
    )
    inner = keras.Input((4,), name="code")
    head = keras.Model(inner, L.Dense(3, activation="relu", name="h")(inner), name="head")
    x, y = keras.Input((6,), name="x"), keras.Input((6,), name="y")
    joined = L.Concatenate(name="joined")([head(encoder(x)), head(encoder(y))])
    return keras.Model([x, y], L.Dense(2, name="out")(joined), name="nested")


def convolutional():
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            L.Conv2D(4, 3, activation="relu", name="c1"),
            L.Conv2D(4, 3, use_bias=False, name="c2"),
            L.BatchNormalization(name="n2"),
            L.Activation("relu", name="r2"),
            L.GlobalAveragePooling2D(name="pool"),
            L.Dense(5, activation="relu", name="d"),
            L.Dense(2, name="out"),
        ],
        name="convolutional",
    )


def channels_of_sequences():
    return keras.Sequential(
        [
            keras.Input((9, 3)),
            L.Conv1D(4, 3, activation="relu", name="c"),
            L.Flatten(name="f"),
            L.Dense(1, name="out"),
        ],
        name="channels",
    )


def residual():
    x = keras.Input((6, 6, 2), name="x")
    h = L.Conv2D(4, 3, padding="same", activation="relu", name="stem")(x)
    for block in ("1", "2"):
        y = L.Conv2D(4, 3, padding="same", name=f"a{block}")(h)
        y = L.ReLU(name=f"ra{block}")(L.BatchNormalization(name=f"na{block}")(y))
        y = L.Conv2D(4, 3, padding="same", name=f"b{block}")(y)
        y = L.BatchNormalization(name=f"nb{block}")(y)
        h = L.ReLU(name=f"r{block}")(L.Add(name=f"sum{block}")([h, y]))
    out = L.Dense(2, name="out")(L.GlobalAveragePooling2D(name="pool")(h))
    return keras.Model(x, out, name="residual")


def recurrent():
    x = keras.Input((5,), dtype="int32", name="x")
    h = L.Embedding(7, 4, mask_zero=True, name="words")(x)
    h = L.LSTM(4, return_sequences=True, name="lstm")(h)
    h = L.GRU(3, name="gru")(h)
    return keras.Model(x, L.Dense(2, name="out")(h), name="recurrent")


def both_ways():
    return keras.Sequential(
        [
            keras.Input((5, 3)),
            L.Bidirectional(L.LSTM(3, return_sequences=True), name="both"),
            L.SimpleRNN(3, name="simple"),
            L.Dense(1, name="out"),
        ],
        name="both_ways",
    )


def attention():
    x = keras.Input((5, 4), name="x")
    h = L.Dense(4, name="e")(x)
    n = L.LayerNormalization(name="n1")(h)
    h = L.Add(name="s1")([L.MultiHeadAttention(2, 2, name="mha")(n, n), h])
    n = L.LayerNormalization(name="n2")(h)
    f = L.Dense(4, name="f2")(L.Dense(6, activation="gelu", name="f1")(n))
    h = L.GlobalAveragePooling1D(name="pool")(L.Add(name="s2")([f, h]))
    return keras.Model(x, L.Dense(2, name="out")(h), name="attention")


def selu():
    return keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(5, activation="selu", kernel_initializer="lecun_normal", name="a"),
            L.Dense(4, name="b"),
            L.Activation("selu", name="s"),
            L.Dense(1, name="out"),
        ],
        name="selu",
    )


def with_dropout():
    x = keras.Input((5, 6), name="x")
    h = L.TimeDistributed(L.Dense(5, activation="relu"), name="a")(x)
    h = L.Dropout(0.2, name="d")(h)
    h = L.GRU(4, dropout=0.1, recurrent_dropout=0.1, name="g")(h)
    h = L.Dense(4, activation="relu", name="b")(h)
    return keras.Model(x, L.Dense(1, name="out")(h), name="with_dropout")


def half_precision():
    policy = "mixed_float16"
    return keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(5, activation="relu", dtype=policy, name="a"),
            L.Dense(4, activation="relu", dtype="float16", name="b"),
            L.Dense(1, dtype="float32", name="out"),
        ],
        name="half",
    )


@dataclass(frozen=True)
class Network:
    """A network, and what stands where after `add_dropout` with its defaults."""

    build: Callable[[], Any]
    places: dict[str, str]
    kept: dict[str, str] = field(default_factory=dict)
    """The dropout that it has before."""


NETWORKS = {
    "mlp": Network(mlp, {"a_dropout": "Dropout", "r_dropout": "Dropout"}),
    "branches": Network(
        branches, dict.fromkeys(["a_dropout", "tanh_dropout", "c_dropout"], "Dropout")
    ),
    "shared": Network(shared, {"twin_dropout": "Dropout", "twin_dropout_1": "Dropout"}),
    "nested": Network(
        nested,
        {
            "encoder/a_dropout": "Dropout",
            "encoder/b_dropout": "Dropout",
            "head/h_dropout": "Dropout",
        },
    ),
    "convolutional": Network(
        convolutional,
        {
            "c1_dropout": "SpatialDropout2D",
            "r2_dropout": "SpatialDropout2D",
            "d_dropout": "Dropout",
        },
    ),
    "channels": Network(channels_of_sequences, {"c_dropout": "SpatialDropout1D"}),
    "residual": Network(
        residual,
        dict.fromkeys(
            ["stem_dropout", "ra1_dropout", "r1_dropout", "ra2_dropout", "r2_dropout"],
            "SpatialDropout2D",
        ),
    ),
    "recurrent": Network(recurrent, {"lstm": "DropoutLSTM", "gru": "DropoutGRU"}),
    "both_ways": Network(both_ways, {"both": "DropoutBidirectional", "simple_dropout": "Dropout"}),
    "attention": Network(
        attention,
        {
            "e_dropout": "Dropout",
            "mha": "DropoutAttention",
            "f1_dropout": "Dropout",
            "f2_dropout": "Dropout",
        },
    ),
    "selu": Network(selu, {"a_dropout": "AlphaDropout", "s_dropout": "AlphaDropout"}),
    "with_dropout": Network(
        with_dropout, {"b_dropout": "Dropout"}, kept={"d": "Dropout", "g": "GRU"}
    ),
    "half": Network(half_precision, {"a_dropout": "Dropout", "b_dropout": "Dropout"}),
}


def data_for(model: Any, rows: int = 4) -> Any:
    """Return inputs for a model: normal numbers, or words 0 to 6."""
    rng = np.random.default_rng(0)

    def draw(tensor: Any) -> np.ndarray:
        shape = (rows, *tensor.shape[1:])
        if "int" in tensor.dtype:
            return rng.integers(0, 7, shape).astype("int32")
        return rng.standard_normal(shape).astype("float32")

    one = isinstance(model, keras.Sequential)
    return keras.tree.map_structure(draw, model.inputs[0] if one else model.input)


def randomize(model: Any) -> Any:
    """Return the model with random weights, zero ones included: moving statistics, biases."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        value = rng.normal(size=weight.shape)
        weight.assign(np.abs(value) + 0.5 if "moving_variance" in weight.path else value)
    return model
