"""Surgery puts sub-networks where layers form a chain, says where they do not, and takes them apart."""

from __future__ import annotations

import warnings

import pytest
from tests.dropout.keras_layers.sub_chains import batch, dense

import bridle
from bridle.backend import load_keras
from bridle.dropout.keras_layers import SubNetwork
from bridle.errors import BridleWarning

keras = load_keras()
layers = keras.layers


def residual():
    x = keras.Input((6, 6, 3))
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(x)
    a = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same", name="branch")(h))
    h = layers.Activation("relu", name="sum")(layers.Add()([h, a]))
    h = layers.GlobalAveragePooling2D()(h)
    return keras.Model(x, layers.Dense(4)(layers.Dense(32, "relu", name="head")(h)))


@pytest.mark.slow
def test_surgery_ends_chains_at_sums_and_outputs_and_says_so():
    model = residual()
    with pytest.warns(BridleWarning, match="Dropout at 'sum' computes all units"):
        cut = bridle.add_dropout(model, 0.5, kind="subnetwork", seed=0)
    x = batch(model)[0]
    chains = {one.name: one for one in cut.layers if isinstance(one, SubNetwork)}
    assert [chains[one].rates for one in chains] == [(0.5,), (0.5, 0.0)]
    assert [entry.rate for entry in bridle.dropout_summary(cut).entries] == [0.5] * 3
    assert (cut.predict(x, verbose=0) == model.predict(x, verbose=0)).all()


def test_surgery_puts_recurrent_layers_into_a_chain():
    inside = [layers.GRU(16, return_sequences=True), layers.SimpleRNN(16), layers.Dense(2)]
    model = keras.Sequential([keras.Input((3, 2)), *inside])
    (chain,) = bridle.add_dropout(model, 0.5, kind="subnetwork", seed=0).layers
    assert [type(one) for one in chain.layers] == [type(one) for one in inside]
    assert chain.rates == (0.5, 0.5, 0.0)


def test_surgery_masks_channels_that_come_first_and_says_so():
    inside = [
        layers.Conv2D(8, 3, activation="relu", data_format="channels_first", name=name)
        for name in ("one", "two")
    ]
    model = keras.Sequential(
        [
            keras.Input((3, 6, 6)),
            *inside,
            layers.GlobalAveragePooling2D(data_format="channels_first"),
            layers.Dense(2),
        ]
    )
    with pytest.warns(BridleWarning, match="Dropout at 'one', 'two' computes all units"):
        cut = bridle.add_dropout(model, 0.5, kind="subnetwork", seed=0)
    assert not any(isinstance(one, SubNetwork) for one in cut.layers)
    assert [one.kind for one in bridle.dropout_summary(cut).entries] == ["SpatialDropout2D"] * 2


def test_restore_takes_a_chain_apart():
    model = keras.Sequential([keras.Input((8,)), *dense()])
    model.compile("adam", "mse")
    cut = bridle.add_dropout(model, 0.5, kind="subnetwork", seed=0)
    assert [type(one) for one in cut.layers] == [SubNetwork]
    x, y = batch(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BridleWarning)
        cut.fit(x, y, verbose=0)
    plain = bridle.restore(cut)
    assert [one.name for one in plain.layers] == [one.name for one in model.layers]
    assert (plain.predict(x, verbose=0) == cut.predict(x, verbose=0)).all()
