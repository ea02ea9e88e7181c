"""Attention with dropout is Keras's attention, and drops attention weights alone."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.dropout.keras_layers.catalogue import array, copy_weights, keras, ours, theirs

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = np.random.default_rng(0).standard_normal((3, 5, 4)).astype("float32")


def attention(layer, **settings):
    made = layer(2, 3, **settings)
    made.build(X.shape, X.shape)
    return made


def pair(**settings):
    """Return ours and that of Keras with the same weights."""
    mine, twin = attention(ours.DropoutAttention, **settings), attention(theirs.MultiHeadAttention)
    copy_weights(twin, mine)
    return mine, twin


@pytest.mark.parametrize("more", [{}, {"use_causal_mask": True}])
def test_output_is_that_of_keras_with_noise_off(more):
    mine, twin = pair(dropout=0.5)
    np.testing.assert_array_equal(array(mine(X, X, **more)), array(twin(X, X, **more)))


@pytest.mark.parametrize("more", [{}, {"use_causal_mask": True}])
def test_rate_zero_in_training_is_no_noise(more):
    mine, twin = pair(dropout=0.0)
    found = array(mine(X, X, training=True, **more))
    np.testing.assert_allclose(found, array(twin(X, X, **more)), rtol=1e-5, atol=1e-6)


def test_rate_one_leaves_the_bias():
    mine, _ = pair(dropout=1.0)
    found = array(mine(X, X, training=True))
    np.testing.assert_allclose(found, np.broadcast_to(array(mine.output_dense.bias), found.shape))


def test_scores_that_are_returned_are_without_noise():
    mine, twin = pair(dropout=0.9)
    _, scores = mine(X, X, training=True, return_attention_scores=True)
    _, expected = twin(X, X, return_attention_scores=True)
    np.testing.assert_allclose(array(scores), array(expected), rtol=1e-6)


def test_mean_over_masks_is_the_output_without_noise():
    mine, twin = pair(dropout=0.5, seed=1)
    many = np.repeat(X[:1], 4000, axis=0)
    found = array(mine(many, many, training=True))
    error = found.std(axis=0) / np.sqrt(len(many))
    assert (np.abs(found.mean(axis=0) - array(twin(X[:1], X[:1]))[0]) < 5 * error).all()


def test_rate_can_be_set():
    mine, _ = pair(dropout=0.5)
    mine.dropout = 0.25
    assert mine.get_config()["dropout"] == 0.25


def test_weight_files_of_either_load_into_the_other(tmp_path):
    def network(layer):
        x = keras.Input((5, 4))
        return keras.Model(x, layer(2, 3, dropout=0.5)(x, x))

    mine, twin = network(ours.DropoutAttention), network(theirs.MultiHeadAttention)
    mine.save_weights(tmp_path / "ours.weights.h5")
    twin.load_weights(tmp_path / "ours.weights.h5")
    assert all(map(np.array_equal, mine.get_weights(), twin.get_weights()))
    twin.save_weights(tmp_path / "theirs.weights.h5")
    network(ours.DropoutAttention).load_weights(tmp_path / "theirs.weights.h5")


def test_saved_network_goes_on_with_its_state(tmp_path):
    x = keras.Input((5, 4))
    model = keras.Model(x, ours.DropoutAttention(2, 3, dropout=0.5, seed=1)(x, x))
    model(X, training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(X, training=True)), array(model(X, training=True)))
