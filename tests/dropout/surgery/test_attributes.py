"""A copy of a Keras network has the attributes of its custom layers, configured or not."""

import numpy as np
import pytest

from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.networks.keras_networks import keras

from bridle.dropout.surgery import add_dropout, remove_dropout
from bridle.networks.own.building.built_network import built_network

X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


@keras.saving.register_keras_serializable("tests.attributes")
class Scale(keras.layers.Layer):
    """Multiplies by factors that its configuration does not hold."""

    def __init__(self, **options):
        super().__init__(**options)
        self.factor = 1.0
        self.shape = (1, 1)
        self.shift = np.zeros(4)

    def call(self, inputs):
        return inputs * self.factor * self.shape[0] + keras.ops.cast(self.shift, inputs.dtype)


@keras.saving.register_keras_serializable("tests.attributes")
class Within(keras.layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.inner = Scale()

    def call(self, inputs):
        return self.inner(inputs)


@keras.saving.register_keras_serializable("tests.attributes")
class Subclass(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.first, self.last = Scale(), keras.layers.Dense(1)
        self.power = 1

    def call(self, inputs, training=None):
        return self.last(keras.ops.tanh(self.first(inputs))) ** self.power


def changed(layer):
    layer.factor, layer.shape, layer.shift = 5.0, (2, 1), np.ones(4)
    return layer


def sequential():
    model = keras.Sequential([keras.Input((4,)), Scale(), keras.layers.Dense(3, "tanh")])
    model.add(keras.layers.Dense(1))
    changed(model.layers[0])
    return model


def functional():
    inputs = keras.Input((4,))
    within = Within()
    hidden = keras.layers.Dense(3, "tanh")(within(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    changed(within.inner)
    return model


def subclass():
    model = Subclass()
    model(X)
    changed(model.first)
    model.power = 3
    return model


def outputs(model):
    return keras.ops.convert_to_numpy(model(X))


@pytest.mark.parametrize("build", [sequential, functional, subclass])
def test_a_copy_for_a_study_computes_what_the_network_computes(build):
    model = build()
    copied = built_network(model, 4, 1, 0)
    np.testing.assert_array_equal(outputs(copied), outputs(model))


@pytest.mark.parametrize("build", [sequential, functional])
@pytest.mark.parametrize("cut", [lambda model: add_dropout(model, 0.5), remove_dropout])
def test_a_cut_network_computes_what_the_network_computes(build, cut):
    model = build()
    np.testing.assert_array_equal(outputs(cut(model)), outputs(model))
