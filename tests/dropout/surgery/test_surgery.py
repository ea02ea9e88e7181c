"""Surgery: laws crossed with Keras networks of every shape."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.networks.keras_networks import NETWORKS, data_for, keras, randomize

from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, restore, set_rate

# Keras reads its variables into NumPy in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

every_network = pytest.mark.parametrize("name", NETWORKS)


@cache
def original(name):
    return randomize(NETWORKS[name].build())


@cache
def cut(name):
    return add_dropout(original(name), 0.5, seed=3)


@cache
def outputs(name, which):
    model = {
        "original": original,
        "cut": cut,
        "restored": lambda name: restore(cut(name)),
        "removed": lambda name: remove_dropout(cut(name)),
        "replaced": lambda name: add_dropout(original(name), 0.5, existing="replace", seed=3),
    }[which](name)
    return keras.tree.flatten(model.predict(data_for(original(name)), verbose=0))


def kinds(model):
    return {entry.layer: entry.kind for entry in dropout_summary(model).entries}


def all_layers(model):
    return model._flatten_layers(include_self=False)


@every_network
def test_dropout_stands_where_it_belongs(name):
    network = NETWORKS[name]
    assert kinds(original(name)) == network.kept
    assert kinds(cut(name)) == network.kept | network.places
    assert kinds(remove_dropout(cut(name))) == {}


HAD_DROPOUT = ["with_dropout", "both_ways"]


@pytest.mark.parametrize(
    ("name", "which"),
    [(name, which) for which in ("cut", "restored") for name in NETWORKS]
    + [(name, which) for which in ("removed", "replaced") for name in HAD_DROPOUT],
)
def test_output_is_the_same_bits_with_noise_off(name, which):
    for one, other in zip(outputs(name, "original"), outputs(name, which), strict=True):
        assert one.dtype == other.dtype
        if keras.backend.backend() == "torch" or which in ("removed", "replaced"):
            # On PyTorch the last bits of a product depend on where its arrays lie in memory. On JAX
            # a program without a layer may be compiled to other products, as on some processors.
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        else:
            np.testing.assert_array_equal(one, other)


@every_network
def test_restored_network_is_the_first_one(name):
    plain = restore(cut(name))
    assert type(plain) is type(original(name))
    assert json.dumps(plain.get_config()) == json.dumps(original(name).get_config())
    assert not any(type(one).__module__.startswith("bridle") for one in all_layers(plain))


@every_network
def test_network_is_untouched_by_surgery(name):
    model = NETWORKS[name].build()
    layers = all_layers(model)

    def state():
        return [
            json.dumps(model.get_config()),
            [np.array(keras.ops.convert_to_numpy(one.value)) for one in model.variables],
            [(one, len(one._inbound_nodes), len(one._outbound_nodes)) for one in layers],
            model.compiled,
        ]

    before = state()
    for copy in (add_dropout(model), restore(model), add_dropout(model, existing="replace")):
        for variable in copy.variables:
            variable.assign(np.ones(variable.shape))
    np.testing.assert_equal(state(), before)


@every_network
def test_no_layer_and_no_variable_is_shared_with_the_first_network(name):
    pairs = [(original(name), cut(name)), (cut(name), restore(cut(name)))]
    for one, other in pairs:
        assert not {*map(id, all_layers(one))} & {*map(id, all_layers(other))}
        assert not {*map(id, one.variables)} & {*map(id, other.variables)}


@every_network
def test_two_places_never_have_one_stream(name):
    sources = [one for entry in dropout_summary(cut(name)).entries for one in entry.sources]
    keys = [one.stream.key for one in sources]
    assert len({*keys}) == len(keys)


@pytest.mark.parametrize(
    "name",
    [
        *("branches", "shared", "recurrent"),
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("nested", "convolutional")),
    ],
)
def test_noise_is_that_of_the_seed(name):
    x = data_for(original(name))

    def noisy(model):
        return np.concatenate(
            [
                np.ravel(keras.ops.convert_to_numpy(one))
                for one in keras.tree.flatten(model(x, training=True))
            ]
        )

    same = noisy(add_dropout(original(name), seed=3, existing="replace"))
    again = noisy(add_dropout(original(name), seed=3, existing="replace"))
    other = noisy(add_dropout(original(name), seed=4, existing="replace"))
    np.testing.assert_array_equal(same, again)
    assert (same != other).any()


@every_network
def test_saved_network_is_the_same(name, tmp_path):
    cut(name).save(tmp_path / "cut.keras")
    loaded = keras.models.load_model(tmp_path / "cut.keras")
    assert dropout_summary(loaded) == dropout_summary(cut(name))
    found = keras.tree.flatten(loaded.predict(data_for(original(name)), verbose=0))
    for one, other in zip(outputs(name, "original"), found, strict=True):
        np.testing.assert_array_equal(one, other)


@every_network
def test_rate_can_be_set_everywhere(name):
    model = add_dropout(original(name), 0.5, existing="replace")
    set_rate(model, 0.25)
    assert {entry.rate for entry in dropout_summary(model).entries} == {0.25}
    assert all(entry.settable for entry in dropout_summary(model).entries)
