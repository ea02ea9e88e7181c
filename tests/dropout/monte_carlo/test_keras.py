"""Laws of Monte-Carlo on Keras networks, crossed with every layer that does dropout."""

from __future__ import annotations

import signal
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from bridle import MonteCarlo, set_rate, streams
from bridle.backend import load_keras
from bridle.dropout import keras_layers as ours
from bridle.errors import BridleWarning, InputError

keras = load_keras()
layers = keras.layers
array = keras.ops.convert_to_numpy


def self_attention(layer: Any) -> Any:
    sequences = keras.Input((4, 8))
    return keras.Model(sequences, layer(sequences, sequences))


def sequential(shape: tuple[int, ...], *within: Any) -> Any:
    return keras.Sequential([keras.Input(shape), *within])


class OwnClass(keras.Model):
    """A model with a call() of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = layers.Dropout(0.5)
        self.normalization = layers.BatchNormalization()
        self.output_layer = layers.Dense(2)

    def call(self, x: Any, training: bool = False) -> Any:
        masked = self.mask(x, training=training)
        return self.output_layer(self.normalization(masked, training=training))


class OwnNoise(layers.Layer):
    """A layer of a user's that draws."""

    def __init__(self) -> None:
        super().__init__()
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, x: Any, training: bool = False) -> Any:
        return keras.random.dropout(x, 0.5, seed=self.seeds) if training else x


NETWORKS = {
    "Dropout": lambda: sequential((8,), ours.Dropout(0.5)),
    "Dropout of Keras": lambda: sequential((8,), layers.Dropout(0.5)),
    "Dropout over the batch": lambda: sequential((8,), ours.Dropout(0.5, noise_shape=(1, None))),
    "SpatialDropout1D": lambda: sequential((4, 8), ours.SpatialDropout1D(0.5)),
    "GaussianDropout": lambda: sequential((8,), ours.GaussianDropout(0.5)),
    "AlphaDropout": lambda: sequential((8,), ours.AlphaDropout(0.5)),
    "DropPath": lambda: sequential((8,), ours.DropPath(0.5)),
    "DropBlock2D": lambda: sequential(
        (5, 5, 2), ours.DropBlock2D(0.5, 2, data_format="channels_last")
    ),
    "DropConnectDense": lambda: sequential((8,), ours.DropConnectDense(3, rate=0.5)),
    "ConcreteDropout": lambda: sequential((8,), ours.ConcreteDropout(layers.Dense(3), rate=0.5)),
    "DropoutLSTM": lambda: sequential(
        (4, 8), ours.DropoutLSTM(3, dropout=0.5, recurrent_dropout=0.5, weight_dropout=0.5)
    ),
    "DropoutGRU, weights": lambda: sequential((4, 8), ours.DropoutGRU(3, weight_dropout=0.5)),
    "LSTM of Keras": lambda: sequential((4, 8), layers.LSTM(3, dropout=0.5)),
    "DropoutBidirectional": lambda: sequential(
        (4, 8), ours.DropoutBidirectional(ours.DropoutGRU(3, dropout=0.5))
    ),
    "DropoutAttention": lambda: self_attention(ours.DropoutAttention(2, 3, dropout=0.5)),
    "attention of Keras": lambda: self_attention(layers.MultiHeadAttention(2, 3, dropout=0.5)),
    "within a wrapper": lambda: sequential(
        (4, 8),
        layers.TimeDistributed(
            keras.Sequential([layers.BatchNormalization(), layers.Dropout(0.5)])
        ),
    ),
    "between normalisations": lambda: sequential(
        (8,), layers.BatchNormalization(), ours.Dropout(0.5), layers.BatchNormalization()
    ),
    "own class": OwnClass,
    "own noise": lambda: sequential((8,), OwnNoise()),
}


@cache
def network(name: str) -> Any:
    """Return the network with its weights, the same for all laws: none changes it."""
    keras.utils.set_random_seed(0)
    model = NETWORKS[name]()
    model(rows(model))
    return model


def rows(model: Any, n: int = 3) -> np.ndarray:
    shape = (8,) if isinstance(model, OwnClass) else model.input_shape[1:]
    return streams.generator(0, "rows").uniform(0.5, 2.0, (n, *shape)).astype("float32")


@cache
def sampler(name: str) -> MonteCarlo:
    return MonteCarlo(network(name))


def state(model: Any) -> list[Any]:
    """Return all that a prediction might change: variables, flags, and the layers' attributes."""
    values = [array(one.value).tolist() for one in model.variables]
    every = model._flatten_layers()
    return [*values, [one.trainable for one in every], ["call" in vars(one) for one in every]]


# A compilation each: the default suite takes those that differ in how their masks are drawn.
QUICK = {
    "Dropout",
    "Dropout over the batch",
    "SpatialDropout1D",
    "DropConnectDense",
    "DropoutLSTM",
    "own class",
}

every_network = pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[] if one in QUICK else pytest.mark.slow) for one in NETWORKS]
)


@every_network
def test_samples_are_those_of_their_seed_and_leave_the_network_as_it_was(name):
    model, monte_carlo = network(name), sampler(name)
    x = rows(model)
    before = state(model)
    first, again, other = (monte_carlo.predict(x, samples=4, seed=one) for one in (1, 1, 2))
    assert state(model) == before
    np.testing.assert_array_equal(first.samples, again.samples)
    assert np.any(first.samples != other.samples)
    assert np.any(first.sd > 0)
    assert first.samples.shape == (4, *model(x).shape)


@every_network
def test_fixed_masks_give_a_row_the_same_samples_in_every_batch(name):
    model, monte_carlo = network(name), sampler(name)
    x = rows(model)
    together, apart = (
        monte_carlo.predict(x, samples=3, seed=5, fixed_masks=True, batch_size=size)
        for size in (None, 1)
    )
    np.testing.assert_allclose(together.samples, apart.samples, rtol=1e-5, atol=1e-6)
    backwards = monte_carlo.predict(x[::-1], samples=3, seed=5, fixed_masks=True)
    np.testing.assert_allclose(together.samples, backwards.samples[:, ::-1], rtol=1e-5, atol=1e-6)


def test_rows_and_samples_have_masks_of_their_own():
    model = sequential((200,), ours.Dropout(0.5))
    drawn = MonteCarlo(model).predict(np.ones((4, 200), "float32"), samples=3, seed=0, batch_size=2)
    masks = drawn.samples.reshape(12, 200)
    assert len({tuple(one) for one in masks.tolist()}) == 12
    fixed = MonteCarlo(model).predict(
        np.ones((4, 200), "float32"), samples=3, seed=0, batch_size=2, fixed_masks=True
    )
    assert np.all(fixed.samples == fixed.samples[:, :1])


def test_rate_zero_has_sd_of_exactly_zero_and_the_rate_is_read_at_each_call():
    model = sequential((8,), ours.Dropout(0.5), layers.Dense(3))
    monte_carlo, x = MonteCarlo(model), rows(model)
    assert np.all(monte_carlo.predict(x, samples=5, seed=0).sd > 0)
    set_rate(model, 0.0)
    with pytest.warns(BridleWarning, match="the rate of every dropout is 0"):
        still = monte_carlo.predict(x, samples=5, seed=0)
    assert not np.any(still.sd)
    np.testing.assert_allclose(still.mean, array(model(x)), rtol=1e-5, atol=1e-6)


def test_mean_and_sd_of_a_linear_network_are_their_closed_forms():
    p, n = 0.4, 600
    model = sequential((6,), ours.Dropout(p), layers.Dense(1))
    x = rows(model)
    kernel = array(model.layers[-1].kernel)[:, 0]
    sd = np.sqrt(p / (1 - p) * ((x * kernel) ** 2).sum(axis=1))
    drawn = MonteCarlo(model).predict(x[:1], samples=n, seed=0)
    assert abs(drawn.mean[0, 0] - array(model(x[:1]))[0, 0]) < 5 * sd[0] / np.sqrt(n)
    np.testing.assert_allclose(drawn.sd[0, 0], sd[0], rtol=5 / np.sqrt(n))


def test_mean_of_a_tiny_network_is_the_enumerated_expectation():
    keras.utils.set_random_seed(1)
    model = sequential((2,), layers.Dense(4, "tanh"), ours.Dropout(0.5), layers.Dense(1, "sigmoid"))
    x = rows(model, 1)
    hidden = array(model.layers[0](x))
    masks = np.array(list(product([0.0, 2.0], repeat=4)), "float32")
    outputs = array(model.layers[2](hidden * masks))[:, 0]
    n = 600
    drawn = MonteCarlo(model).predict(x, samples=n, seed=3)
    assert abs(drawn.mean[0, 0] - outputs.mean()) < 5 * outputs.std() / np.sqrt(n)
    np.testing.assert_allclose(drawn.sd[0, 0], outputs.std(), rtol=0.2)
    assert np.all(np.abs(drawn.samples.ravel()[:, None] - outputs).min(axis=1) < 1e-5)


class Failing(layers.Layer):
    """A layer that fails once it is told to."""

    fails = False

    def call(self, x: Any) -> Any:
        if self.fails:
            raise RuntimeError("as told")
        return x


@pytest.mark.fault(62)
def test_exception_leaves_the_network_as_it_was():
    failing = Failing()
    model = sequential((8,), layers.BatchNormalization(), ours.Dropout(0.5), failing)
    x, before = rows(model), state(model)
    failing.fails = True
    with pytest.raises(RuntimeError, match="as told"):
        MonteCarlo(model).predict(x, samples=3)
    assert state(model) == before
    failing.fails = False
    np.testing.assert_array_equal(array(model(x)), array(model(x)))


def test_network_without_dropout_is_refused_with_the_remedy():
    with pytest.raises(InputError, match=r"no dropout.*bridle\.add_dropout"):
        MonteCarlo(sequential((8,), layers.Dense(3), layers.BatchNormalization()))


def test_what_is_no_network_is_refused():
    with pytest.raises(InputError, match="model must be a Keras 3 network"):
        MonteCarlo(3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"samples": 1}, "samples must be an integer of at least 2"),
        ({"samples": 5.0}, "samples must be an integer"),
        ({"batch_size": 0}, "batch_size must be an integer of at least 1"),
        ({"seed": "a"}, "seed must be an integer"),
        ({"fixed_masks": 1}, "fixed_masks must be True or False"),
    ],
)
def test_wrong_argument_is_named(settings, message):
    with pytest.raises(InputError, match=message):
        sampler("Dropout").predict(rows(network("Dropout")), **settings)


def test_no_rows_are_refused():
    with pytest.raises(InputError, match="x must have at least one row"):
        sampler("Dropout").predict(np.empty((0, 8), "float32"))


def test_two_outputs_are_refused():
    inputs = keras.Input((8,))
    hidden = ours.Dropout(0.5)(inputs)
    model = keras.Model(inputs, [layers.Dense(1)(hidden), layers.Dense(2)(hidden)])
    with pytest.raises(InputError, match="must have one array as output"):
        MonteCarlo(model).predict(rows(network("Dropout")))


def test_two_inputs_go_in_as_the_network_takes_them():
    first, second = keras.Input((8,)), keras.Input((2,))
    joined = layers.Concatenate()([ours.Dropout(0.5)(first), second])
    monte_carlo = MonteCarlo(keras.Model([first, second], joined))
    x = [np.ones((3, 8), "float32"), np.ones((3, 2), "float32")]
    prediction = monte_carlo.predict(x, samples=3, seed=0, batch_size=2)
    assert prediction.samples.shape == (3, 3, 10)
    assert not np.any(prediction.sd[:, 8:])


@pytest.mark.fault(41)
@pytest.mark.skipif(keras.backend.backend() != "jax", reason="only JAX computes in the background")
def test_an_interrupt_ends_the_wait_for_samples(monkeypatch):
    """NumPy waited for all samples: three seconds for 20 of 20,000 rows."""
    model = sequential((8,), ours.Dropout(0.5))
    looks = []

    class NeverReady:
        def is_ready(self) -> bool:
            looks.append(1)
            assert len(looks) <= 3, "the interrupt was not heard"
            if len(looks) == 3:
                signal.raise_signal(signal.SIGINT)
            return False

    prediction = MonteCarlo(model)
    monkeypatch.setattr(prediction._sampler, "_own_rows", lambda *args: NeverReady())
    # A process that was started in the background may ignore SIGINT.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            prediction.predict(np.ones((4, 8), dtype="float32"))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(looks) == 3
