"""Laws of a drop-in: config, weights and files are those of the layer of Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.dropout.keras_layers.catalogue import (
    BACKEND,
    CASES,
    WITH_TWIN,
    array,
    built,
    copy_weights,
    keras,
    noisy,
    ours,
    streams_of,
    theirs,
)

from bridle import ElasticNetPenalty, registration
from bridle.dropout.schedule import Early, Linear
from bridle.networks.penalty import ElasticNetRegularizer, add_proximal_step

OWN = {"rate", "seed", "weight_dropout"}
"""Entries that a config may have beside those of Keras, without a schedule."""


def every(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


def one_layer(layer, case):
    """Return a network of the layer, built."""
    dtype = str(case.batch().dtype)
    return keras.Sequential([keras.Input(case.shape[1:], dtype=dtype), layer])


@every(WITH_TWIN)
def test_config_is_the_one_of_keras(case):
    twin, entries = case.twin(), case.make(0.5).get_config()
    known = {name: entries[name] for name in twin.get_config()}
    assert {*entries} - {*known} <= OWN
    type(twin).from_config(known)


@every(WITH_TWIN)
def test_config_of_keras_makes_the_layer(case):
    entries = case.twin().get_config()
    layer = type(case.make(0.5)).from_config(entries)
    again = {name: layer.get_config()[name] for name in entries}
    for one in (entries, again):
        one["dtype"] = keras.dtype_policies.get(one["dtype"]).name
    assert again == entries


@every(CASES)
def test_config_makes_the_same_layer(case):
    layer = case.make(0.25, seed=7, schedule=Linear(10))
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert layer.get_config()["schedule"] == {
        "name": "linear",
        "steps": 10,
        "start": 0.0,
        "end": 1.0,
    }
    assert layer.get_config()[case.rates[0]] == 0.25
    assert "schedule" not in case.make(0.25).get_config()


@every(WITH_TWIN)
def test_weights_are_those_of_keras(case):
    twin, layer = built(case.twin(), case.batch()), built(case.make(0.5), case.batch())
    assert [one.shape for one in layer.get_weights()] == [one.shape for one in twin.get_weights()]
    assert layer.count_params() == twin.count_params()
    assert [one.name for one in layer.weights] == [one.name for one in twin.weights]
    copy_weights(twin, layer)
    x = case.batch()
    np.testing.assert_allclose(array(layer(x)), array(twin(x)), rtol=1e-5, atol=1e-6)


@every(CASES)
def test_state_is_a_variable_and_no_weight(case):
    layer = built(case.make(0.5), case.batch())
    extra = {id(one) for one in layer.variables} - {id(one) for one in layer.weights}
    assert len(extra) >= 2 * len(case.rates)
    assert not any(one.trainable for one in layer.variables if id(one) in extra)


@every({name: case for name, case in WITH_TWIN.items() if name == "Dropout" or not case.input})
def test_weight_files_of_either_load_into_the_other(case, tmp_path):
    network, twin = one_layer(case.make(0.5, seed=1), case), one_layer(case.twin(), case)
    x = case.batch()
    noisy(network, x)
    after = streams_of(network)
    network.save_weights(tmp_path / "ours.weights.h5")
    twin.load_weights(tmp_path / "ours.weights.h5")
    np.testing.assert_allclose(array(network(x)), array(twin(x)), rtol=1e-5, atol=1e-6)
    twin.save_weights(tmp_path / "theirs.weights.h5")
    network.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_allclose(array(network(x)), array(twin(x)), rtol=1e-5, atol=1e-6)
    assert all(map(np.array_equal, after, streams_of(network)))


@every(CASES)
def test_saved_network_goes_on_with_rate_key_and_counter(case, tmp_path):
    network, x = one_layer(case.make(0.5, schedule=Early(100)), case), case.batch()
    setattr(network.layers[0], case.rates[0], 0.4)
    noisy(network, x)
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    assert getattr(loaded.layers[0], case.rates[0]) == 0.4
    assert loaded.layers[0].get_config() == network.layers[0].get_config()
    assert noisy(loaded, x).tobytes() == noisy(network, x).tobytes()


def test_file_without_state_loads(tmp_path):
    layer = ours.Dropout(0.5, seed=3)
    before = streams_of(layer)
    layer.noise.load_own_variables({})
    assert np.array_equal(before, streams_of(layer))


def test_weight_file_brings_the_stream_and_leaves_the_rate(tmp_path):
    x = np.ones((3, 50), np.float32)
    network, other = (
        keras.Sequential([keras.Input((50,)), ours.Dropout(rate)]) for rate in (0.5, 0.2)
    )
    noisy(network, x)
    network.save_weights(tmp_path / "network.weights.h5")
    other.load_weights(tmp_path / "network.weights.h5")
    assert other.layers[0].rate == 0.2
    other.layers[0].rate = 0.5
    assert np.array_equal(noisy(other, x), noisy(network, x))


def small_network():
    return keras.Sequential(
        [
            keras.Input((3, 4)),
            ours.SpatialDropout1D(0.2, seed=1),
            ours.DropoutGRU(4, dropout=0.2, weight_dropout=0.2, seed=1),
            ours.DropConnectDense(4, "tanh", rate=0.2, seed=1),
            ours.Dropout(0.2, seed=1, schedule=Linear(20)),
            ours.ConcreteDropout(theirs.Dense(2), seed=1),
        ]
    )


@pytest.mark.fault(67)
def test_weights_of_another_architecture_are_refused_with_both_shapes(tmp_path):
    def network(units):
        layers = [keras.layers.Dense(units), ours.Dropout(0.5, seed=units)]
        return keras.Sequential([keras.Input((3,)), *layers])

    network(4).save_weights(tmp_path / "four.weights.h5")
    five = network(5)
    before = [array(one.value) for one in five.variables]
    with pytest.raises(ValueError, match=r"shape=\(3, 5\).*shape=.*3, 4"):
        five.load_weights(tmp_path / "four.weights.h5")
    kernel, *_ = [array(one.value) for one in five.variables]
    assert np.array_equal(kernel, before[0])


@pytest.mark.fault(65)
def test_resumed_run_repeats_bit_for_bit(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((8, 3, 4)).astype("float32")
    y = generator.standard_normal((8, 2)).astype("float32")
    fit = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    network = small_network()
    network.compile("adam", "mse")
    network.fit(x, y, **fit)
    network.save(tmp_path / "half.keras")
    network.fit(x, y, **fit)
    resumed = keras.models.load_model(tmp_path / "half.keras")
    resumed.fit(x, y, **fit)
    ends = [[array(one.value) for one in model.variables] for model in (network, resumed)]
    assert all(map(np.array_equal, *ends))


def test_error_without_the_import_names_it(tmp_path):
    keras.Sequential([keras.Input((2,)), ours.DropPath(0.5)]).save(tmp_path / "network.keras")
    registered = keras.saving.get_custom_objects()
    held = registered.pop("bridle>DropPath")
    try:
        with pytest.raises(TypeError, match="bridle>DropPath"):
            keras.models.load_model(tmp_path / "network.keras")
    finally:
        registered["bridle>DropPath"] = held


def test_layers_are_registered_when_keras_has_been_loaded(tmp_path, monkeypatch):
    (tmp_path / "keras.py").write_text("loaded = True")
    registered = []
    monkeypatch.setattr(registration, "_register", lambda: registered.append(sys.modules["keras"]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keras")
    before = [*sys.meta_path]
    registration.register_classes()
    assert find_spec("keras").origin == str(tmp_path / "keras.py")
    assert registered == []
    assert import_module("keras").loaded
    assert registered == [sys.modules["keras"]]
    assert sys.meta_path == before


def test_layers_are_registered_at_once_where_keras_is_loaded(monkeypatch):
    registered = []
    monkeypatch.setattr(registration, "_register", lambda: registered.append(True))
    before = [*sys.meta_path]
    registration.register_classes()
    assert (registered, sys.meta_path) == ([True], before)


@pytest.mark.slow
def test_import_makes_a_saved_network_load(tmp_path):
    path = tmp_path / "network.keras"
    penalty = ElasticNetPenalty(0.1, 0.0)
    dense = keras.layers.Dense(1, kernel_regularizer=ElasticNetRegularizer(penalty))
    model = keras.Sequential([keras.Input((2,)), ours.DropPath(0.5), dense])
    model.compile("adam", "mse")
    add_proximal_step(model, penalty)
    model.save(path)
    script = (
        "import sys, bridle\n"
        f"print({{'keras', {BACKEND!r}}} & {{*sys.modules}})\n"
        "import keras\n"
        f"model = keras.models.load_model({str(path)!r})\n"
        "held = [model.layers[0], model.layers[1].kernel_regularizer, model.optimizer]\n"
        "print(*[type(one).__name__ for one in held])\n"
        "print(any('AfterKeras' in type(one).__name__ for one in sys.meta_path))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": BACKEND},
    )
    names = "DropPath ElasticNetRegularizer ProximalAdam"
    assert (done.stdout.split("\n")[:3], done.returncode) == (["set()", names, "False"], 0)
