"""Rates of a sub-network can be set, and a compiled step follows, though its shapes depend on them."""

from __future__ import annotations

import pytest
from tests.dropout.keras_layers.sub_chains import array, batch, dense, network

import bridle
from bridle.backend import load_keras
from bridle.dropout.keras_layers import SubNetwork
from bridle.dropout.keras_layers.sub_networks import chain_rates
from bridle.dropout.surgery.keras import inspection
from bridle.errors import InputError

keras = load_keras()
layers = keras.layers

where_rates_can_be_set = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="a compiled step of TensorFlow would not notice"
)


@where_rates_can_be_set
@pytest.mark.slow
def test_compiled_step_follows_a_rate_that_is_set_within_a_network(tmp_path):
    sub = SubNetwork(dense(), 0.5, seed=3, compute="kept")
    inner = keras.Sequential([keras.Input((8,)), sub])
    outer = keras.Sequential([keras.Input((8,)), inner])
    outer.compile(keras.optimizers.SGD(0.1), "mse")
    x, y = batch(outer)
    outer.fit(x, y, shuffle=False, verbose=0)
    for rate in (0.25, 0.0, 1.0):
        bridle.set_rate(inner, rate)
        # What is read from the file is compiled for the rate of the file.
        outer.save(tmp_path / "m.keras")
        again = keras.models.load_model(tmp_path / "m.keras")
        assert {one.rate for one in bridle.dropout_summary(again).entries} == {rate}
        for model in (outer, again):
            model.fit(x, y, shuffle=False, verbose=0)
        for one, other in zip(outer.weights, again.weights, strict=True):
            assert (array(one.value) == array(other.value)).all()
    assert sub.rates == (1.0, 0.0, 1.0, 0.0)


@where_rates_can_be_set
def test_rates_of_a_chain_are_set_by_name_and_depth():
    inside = [layers.Dense(32, "relu", name="a"), layers.Dense(16, name="b"), layers.ReLU()]
    sub = SubNetwork([*inside, layers.Dense(3)], 0.5, name="chain")
    model = keras.Sequential(
        [keras.Input((8,)), sub, bridle.dropout.keras_layers.Dropout(0.5, name="last")]
    )
    found = {
        "b": (0.5, 0.25, 0.5),
        "chain": (0.25, 0.25, 0.25),  # the last one follows it
        "last": (0.5, 0.5, 0.25),
        "chain/a": (0.25, 0.5, 0.5),
    }
    for name, rates in found.items():
        bridle.set_rate(model, 0.5)
        bridle.set_rate(model, {name: 0.25})
        assert tuple(one.rate for one in bridle.dropout_summary(model).entries) == rates
    bridle.set_rate(model, (0.1, 0.3))
    assert sub.rates == pytest.approx((0.1, 0.0, 0.2, 0.0))
    assert model.layers[-1].rate == 0.3
    sub.rate = 0.4
    assert sub.rates == (0.4, 0.0, 0.4, 0.0)


def test_rate_cannot_be_set_where_a_compiled_step_would_not_follow(monkeypatch):
    for module in (chain_rates, inspection):
        monkeypatch.setattr(module, "rates_can_be_set", lambda: False)
    model, sub = network("dense")
    with pytest.raises(InputError, match=r"on TensorFlow.*Make a new network"):
        sub.rate = 0.25
    with pytest.raises(InputError, match="of a SubNetwork on TensorFlow"):
        bridle.set_rate(model, 0.25)
    assert sub.rate == 0.5
