"""Law: a Keras network without dropout repeats itself in training, or what draws is named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from bridle.backend import backend_available, load_keras

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from bridle import add_dropout, dropout_summary, remove_dropout
from bridle.errors import BridleWarning

keras = load_keras()
layers = keras.layers
X = np.random.default_rng(0).standard_normal((3, 5, 4)).astype("float32")

INNER = {
    "MultiHeadAttention": lambda h: layers.MultiHeadAttention(2, 2, dropout=0.3)(h, h),
    "GroupQueryAttention": lambda h: layers.GroupQueryAttention(2, 2, 1, dropout=0.3)(h, h),
    "Attention": lambda h: layers.Attention(dropout=0.3)([h, h]),
    "AdditiveAttention": lambda h: layers.AdditiveAttention(dropout=0.3)([h, h]),
}


def network(part):
    inputs = keras.Input((5, 4))
    return keras.Model(inputs, layers.Dense(2)(part(layers.Dense(4)(inputs))))


def outputs(model, training):
    return keras.ops.convert_to_numpy(model(X, training=training))


@pytest.mark.parametrize("name", INNER)
def test_attention_dropout_is_taken_out(name):
    model = network(INNER[name])
    for plain in (remove_dropout(model), add_dropout(model, 0.0, existing="replace")):
        np.testing.assert_allclose(outputs(plain, False), outputs(model, False), atol=1e-5)
        assert np.array_equal(outputs(plain, True), outputs(plain, True))
    assert dropout_summary(remove_dropout(model)).entries == ()


class OfKeras(layers.Layer):
    def call(self, x, training=None):
        return keras.random.dropout(x, 0.3) if training else x


class OfNumPy(layers.Layer):
    def call(self, x, training=None):
        return x + np.random.default_rng().normal() if training else x


class Quiet(layers.Layer):
    def call(self, x, training=None):
        return keras.ops.tanh(x)


@pytest.mark.parametrize(("kind", "draws"), [(OfKeras, True), (OfNumPy, True), (Quiet, False)])
def test_a_custom_layer_that_draws_is_named(kind, draws):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        remove_dropout(network(kind()))
    named = [str(one.message) for one in caught if one.category is BridleWarning]
    assert [kind.__name__ in one for one in named] == [True] * draws
