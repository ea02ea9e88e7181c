"""A sub-network is the masked network of the same draw: in output, gradient and optimiser."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import bridle
from bridle import streams
from bridle.dropout.backend import load_keras
from bridle.dropout.keras_layers import SubNetwork, chain_rates
from bridle.dropout.keras_layers.sub_layers import only_some
from bridle.dropout.keras_surgery import inspection
from bridle.errors import BridleWarning, InputError, UnknownNameError

keras = load_keras()
layers = keras.layers


def dense():
    return [layers.Dense(32, "relu"), layers.Dense(16), layers.ReLU(), layers.Dense(3)]


CHAINS = {
    "dense": ((8,), dense, 0.5),
    "convolution": (
        (6, 6, 3),
        lambda: [
            layers.Conv2D(8, 3, activation="relu"),
            layers.Conv2D(8, 3),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3),
        ],
        0.5,
    ),
    "recurrent": (
        (3, 2),
        lambda: [
            layers.GRU(8, return_sequences=True, unroll=True),
            layers.LSTM(8, unroll=True),
        ],
        [0.5, 0.5],
    ),
}

SLOW_CHAINS = {
    "dense to the end": ((8,), lambda: [layers.Dense(32, "tanh"), layers.Dense(16)], [0.25, 0.5]),
    "LSTM after LSTM": (
        (3, 2),
        lambda: [
            layers.LSTM(8, return_sequences=True),
            layers.LSTM(8),
            layers.Dense(3),
        ],
        0.5,
    ),
    "reset before the product": (
        (3, 2),
        lambda: [
            layers.GRU(32, reset_after=False, return_sequences=True, unroll=True),
            layers.GRU(8, reset_after=False),
            layers.Dense(3),
        ],
        0.5,
    ),
    "no biases": (
        (3, 2),
        lambda: [
            layers.GRU(16, use_bias=False, return_sequences=True),
            layers.SimpleRNN(16, use_bias=False, return_sequences=True),
            layers.GRU(16, use_bias=False, reset_after=False),
        ],
        [0.25, 0.5, 0.5],
    ),
    "backwards, to the end": (
        (3, 2),
        lambda: [
            layers.Dense(8, "relu"),
            layers.SimpleRNN(8, "relu", go_backwards=True, return_sequences=True),
            layers.GRU(8, go_backwards=True, return_sequences=True),
        ],
        [0.5, 0.5, 0.5],
    ),
}

where_rates_can_be_set = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="a compiled step of TensorFlow would not notice"
)
every_chain = pytest.mark.parametrize(
    "chain", [*CHAINS, *(pytest.param(one, marks=pytest.mark.slow) for one in SLOW_CHAINS)]
)


def array(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


def network(chain, **settings):
    shape, make, rate = (CHAINS | SLOW_CHAINS)[chain]
    keras.utils.set_random_seed(0)
    sub = SubNetwork(make(), rate, seed=3, **settings)
    model = keras.Sequential([keras.Input(shape), sub])
    model.compile(keras.optimizers.Adam(1e-2, epsilon=1e-3), "mse")
    return model, sub


def batch(model, rows=6):
    generator = streams.generator(0, "rows")
    shapes = (model.input_shape[1:], model.output_shape[1:])
    return [generator.standard_normal((rows, *one)).astype("float32") for one in shapes]


def trained(chain, **settings):
    """Return a training output, and all weights and the optimiser's state after two steps."""
    model, sub = network(chain, **settings)
    x, y = batch(model)
    output = array(sub(x, training=True))
    model.fit(x, y, batch_size=3, shuffle=False, verbose=0)
    held = [*model.trainable_variables, *model.optimizer.variables]
    return [output, *(array(one.value) for one in held)]


@every_chain
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
    "no computing layer first": (lambda: SubNetwork([layers.ReLU()]), "must begin with one"),
    "a normalisation": (lambda: SubNetwork([layers.BatchNormalization()]), "layers must be"),
    "an activation after the dropout": (
        lambda: SubNetwork([layers.Dense(4), layers.ReLU(), layers.Dense(4)], [0.5, 0, 0]),
        "rate must be above 0 at most once",
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


@where_rates_can_be_set
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
    with pytest.raises(InputError, match=r"on TensorFlow.*Cut a new network"):
        sub.rate = 0.25
    with pytest.raises(InputError, match="of a SubNetwork on TensorFlow"):
        bridle.set_rate(model, 0.25)
    assert sub.rate == 0.5


def residual():
    x = keras.Input((6, 6, 3))
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(x)
    a = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same", name="branch")(h))
    h = layers.Activation("relu", name="sum")(layers.Add()([h, a]))
    h = layers.GlobalAveragePooling2D()(h)
    return keras.Model(x, layers.Dense(4)(layers.Dense(32, "relu", name="head")(h)))


def test_surgery_ends_chains_at_sums_and_outputs_and_says_so():
    model = residual()
    with pytest.warns(BridleWarning, match="Dropout at 'sum' drops units one by one"):
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
    with pytest.warns(BridleWarning, match="Dropout at 'one', 'two' drops units one by one"):
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
