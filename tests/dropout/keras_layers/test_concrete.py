"""Laws of concrete dropout: the loss is the formula, and the rate moves where the data want it."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import streams
from bridle.backend import backend_available
from bridle.errors import InputError

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.dropout.keras_layers.catalogue import array, built, keras, noisy, ours, theirs

X = streams.generator(0, "x").standard_normal((64, 8)).astype("float32")


def dense(rate=0.2, **settings):
    return built(
        ours.ConcreteDropout(theirs.Dense(3, bias_initializer="ones"), rate, **settings), X
    )


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.9])
def test_penalty_is_the_formula_and_leaves_biases_out(rate):
    layer = dense(rate, weight_regularizer=0.3, dropout_regularizer=0.7)
    layer(X)
    (penalty,) = layer.losses
    squares = np.sum(array(layer.layer.kernel.value) ** 2)
    entropy = -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)
    expected = 0.3 * squares / (1 - rate) - 0.7 * 8 * entropy
    np.testing.assert_allclose(array(penalty), expected, rtol=1e-5)


def test_convolution_counts_channels_and_drops_them_as_a_whole():
    x = np.ones((16, 5, 4, 6), np.float32)
    layer = ours.ConcreteDropout(
        theirs.Conv2D(1, 1, data_format="channels_last"),
        0.5,
        weight_regularizer=0,
        dropout_regularizer=1,
        temperature=0.01,
        seed=1,
    )
    y = noisy(layer, x)[..., 0].reshape(16, -1)
    np.testing.assert_allclose(array(layer.losses[0]), -6 * np.log(2), rtol=1e-5)
    np.testing.assert_allclose(y, np.broadcast_to(y[:, :1], y.shape), rtol=1e-5)
    assert y[:, 0].std() > 0


def test_inference_is_the_layer():
    layer = dense()
    assert np.array_equal(array(layer(X)), array(layer.layer(X)))


def test_cold_noise_is_bernoulli_scaled_by_its_keep_probability():
    layer = built(
        ours.ConcreteDropout(
            theirs.Dense(1, use_bias=False, kernel_initializer="ones"),
            0.3,
            temperature=1e-4,
            seed=1,
        ),
        np.ones((4000, 1), np.float32),
    )
    y = noisy(layer, np.ones((4000, 1), np.float32))
    kept = y > 0.5
    assert np.isclose(y[kept], 1 / 0.7, rtol=1e-3).mean() > 0.99
    assert abs(kept.mean() - 0.7) < 5 * np.sqrt(0.21 / 4000)


@pytest.mark.parametrize(("scale", "grows"), [(10.0, True), (0.0, False)])
def test_rate_is_learnt(scale, grows):
    keras.utils.set_random_seed(1)
    layer = ours.ConcreteDropout(
        theirs.Dense(1), 0.3, weight_regularizer=0, dropout_regularizer=scale, seed=1
    )
    network = keras.Sequential([keras.Input((8,)), layer])
    network.compile(keras.optimizers.Adam(0.05), "mse")
    network.fit(X, X @ np.ones((8, 1), np.float32), epochs=20, batch_size=64, verbose=0)
    assert (layer.rate > 0.3) == grows
    assert 0 < layer.rate < 1


def test_half_precision_keeps_the_rate_in_single():
    layer = built(
        ours.ConcreteDropout(theirs.Dense(3, dtype="mixed_float16"), dtype="mixed_float16"), X
    )
    assert layer.rate_logit.dtype == "float32"
    assert np.isfinite(noisy(layer, X)).all()
    assert keras.backend.standardize_dtype(layer.losses[0].dtype) == "float32"


@pytest.mark.parametrize(
    ("argument", "wrong"),
    [
        ("rate", 0.0),
        ("rate", 1),
        ("rate", "0.1"),
        ("weight_regularizer", -1),
        ("dropout_regularizer", float("nan")),
        ("temperature", 0),
        ("seed", 1.5),
    ],
)
def test_wrong_setting_is_quoted(argument, wrong):
    with pytest.raises(InputError, match=f"{argument} must be"):
        ours.ConcreteDropout(theirs.Dense(3), **{argument: wrong})
