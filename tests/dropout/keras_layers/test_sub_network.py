"""A sub-network is the masked network of the same draw: in output, gradient and optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from tests.dropout.keras_layers.sub_chains import (
    CHAINS,
    SLOW_CHAINS,
    array,
    batch,
    dense,
    every_chain,
    network,
)

from bridle import streams
from bridle.backend import load_keras
from bridle.dropout.keras_layers import SubNetwork
from bridle.dropout.keras_layers.sub_networks.sub_layers import only_some
from bridle.errors import BridleWarning, InputError, UnknownNameError

keras = load_keras()
layers = keras.layers


def trained(chain, **settings):
    """Return a training output, and all weights and the optimiser's state after two steps."""
    model, sub = network(chain, **settings)
    x, y = batch(model)
    output = array(sub(x, training=True))
    model.fit(x, y, batch_size=3, shuffle=False, verbose=0)
    held = [*model.trainable_variables, *model.optimizer.variables]
    return [output, *(array(one.value) for one in held)]


# Whole chains of recurrent layers and convolutions take long to compile twice.
@pytest.mark.parametrize(
    "chain",
    [
        "dense",
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in CHAINS | SLOW_CHAINS
            if one != "dense"
        ),
    ],
)
@pytest.mark.parametrize("groups", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_kept_units_alone_are_the_mask_of_the_same_draw(chain, groups):
    alone = trained(chain, groups=groups, compute="kept")
    masked = trained(chain, groups=groups, compute="all")
    for one, other in zip(alone, masked, strict=True):
        # Relative to the array: single numbers cancel.
        assert np.allclose(one, other, rtol=1e-5, atol=1e-5 * np.abs(other).max())


def test_dropped_units_are_zero_and_kept_ones_scaled():
    sub = SubNetwork([layers.Dense(32)], [0.5], compute="kept", seed=0)
    x = streams.generator(0, "x").standard_normal((4, 5)).astype("float32")
    whole, noisy = array(sub(x)), array(sub(x, training=True))
    kept = noisy != 0
    assert (kept == kept[0]).all()
    assert kept[0].sum() == 16
    assert np.allclose(noisy[kept], 2 * whole[kept], rtol=1e-5)


RECURRENT = {
    "LSTM": lambda **settings: layers.LSTM(3, **settings),
    "GRU": lambda **settings: layers.GRU(3, **settings),
    "GRU, reset before": lambda **settings: layers.GRU(3, reset_after=False, **settings),
    "SimpleRNN": lambda **settings: layers.SimpleRNN(3, **settings),
}


@pytest.mark.parametrize(
    "kind",
    [
        *(pytest.param(one, marks=pytest.mark.slow) for one in RECURRENT if one != "SimpleRNN"),
        "SimpleRNN",
    ],
)
def test_recurrent_layers_with_all_their_states_are_those_of_keras(kind):
    layer = RECURRENT[kind](bias_initializer="random_normal", return_sequences=True, unroll=True)
    x = streams.generator(0, "x").standard_normal((2, 3, 2)).astype("float32")
    whole = array(layer(x))
    np.testing.assert_allclose(
        array(only_some(layer, x, None, None, 1.0)), whole, rtol=1e-5, atol=1e-6
    )


def test_groups_have_masks_of_their_own():
    sub = SubNetwork([layers.Dense(64)], [0.5], groups=2, compute="kept", seed=0)
    kept = array(sub(np.ones((7, 5), "float32"), training=True)) != 0
    assert (kept[:4] == kept[0]).all()
    assert (kept[4:] == kept[4]).all()
    assert (kept[0] != kept[4]).any()


@pytest.mark.parametrize("groups", [1, 3])
def test_whole_layers_under_masks_give_what_kept_units_alone_give(groups):
    """Rows that the groups do not divide, and a draw for each group."""
    chain = [layers.Dense(32, "relu"), layers.Dense(16, "relu"), layers.Dense(2)]
    x = streams.generator(0, "x").standard_normal((7, 5)).astype("float32")
    alone, masked = (
        SubNetwork(chain, 0.5, groups=groups, compute=how, seed=0)(x, training=True)
        for how in ("kept", "all")
    )
    np.testing.assert_allclose(array(alone), array(masked), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_expectation_is_the_whole_layer():
    sub = SubNetwork([layers.Dense(16), layers.Dense(2)], 0.5, compute="kept", seed=0)
    x = streams.generator(0, "x").standard_normal((1, 4)).astype("float32")
    whole = array(sub(x))
    outputs = np.array([array(sub(x, training=True)) for _ in range(300)])
    error = 5 * outputs.std(0) / np.sqrt(300)
    assert (np.abs(outputs.mean(0) - whole) < error).all()


@every_chain
def test_inference_is_the_layers_bit_for_bit(chain):
    model, sub = network(chain)
    x = y = batch(model)[0]
    for layer in sub.layers:
        y = layer(y)
    assert (array(sub(x)) == array(y)).all()


def test_rate_one_gives_zeros_and_rate_zero_the_layer():
    x = np.ones((2, 5), "float32")
    none = SubNetwork([layers.Dense(16)], [1.0], compute="kept")
    assert (array(none(x, training=True)) == 0).all()
    whole = SubNetwork([layers.Dense(16)], [0.0], compute="kept")
    assert (array(whole(x, training=True)) == array(whole(x))).all()


def test_file_resumes_with_the_masks_that_would_have_come(tmp_path):
    model, sub = network("dense", compute="kept")
    x, y = batch(model)
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert (again.predict(x, verbose=0) == model.predict(x, verbose=0)).all()
    assert (array(again.layers[0](x, training=True)) == array(sub(x, training=True))).all()


def test_mask_where_it_is_faster_is_said_once():
    model, sub = network("dense")
    x, _ = batch(model)
    with pytest.warns(BridleWarning, match="faster on batches of 6"):
        sub(x, training=True)
    sub(x, training=True)


WRONG = {
    "an output of all units": (lambda: SubNetwork([layers.Dense(4, "softmax")]), "layers must be"),
    "no computing layer first": (lambda: SubNetwork([layers.ReLU()]), "first layer must be"),
    "a normalisation": (lambda: SubNetwork([layers.BatchNormalization()]), "layers must be"),
    "an activation after the dropout": (
        lambda: SubNetwork([layers.Dense(4), layers.ReLU(), layers.Dense(4)], [0.5, 0, 0]),
        "can have one dropout",
    ),
    "channels first": (
        lambda: SubNetwork([layers.Conv2D(4, 3, data_format="channels_first")]),
        "data_format='channels_first'",
    ),
    "channels first in a pooling": (
        lambda: SubNetwork(
            [layers.Conv2D(4, 3), layers.MaxPooling2D(data_format="channels_first")]
        ),
        "data_format='channels_first'",
    ),
    "a rate too few": (lambda: SubNetwork(dense(), [0.5]), "a number for each of the 4 layers"),
    "no group": (lambda: SubNetwork(dense(), groups=0), "groups must be an integer from 1"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_computed_alone_is_refused(wrong):
    make, message = WRONG[wrong]
    with pytest.raises(InputError, match=message):
        make()
    with pytest.raises(UnknownNameError, match="way to compute"):
        SubNetwork(dense(), compute="some")
