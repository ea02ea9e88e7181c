"""Each code has a network that it is about, and good networks have none."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import check_dropout
from bridle.backend import load_keras
from bridle.dropout import keras_layers
from bridle.dropout.guidance import CODES, DropoutFinding, DropoutPlace, run_checks
from bridle.errors import InputError

keras = load_keras()
L = keras.layers


def network(*layers, shape=(20,)):
    return keras.Sequential([keras.Input(shape), *layers])


def hidden(*after, units=8):
    return [L.Dense(units, activation="relu"), *after]


def high_rate():
    return network(*hidden(L.Dropout(0.7, name="d")), L.Dense(1))


def same_high_rate():
    dropouts = [L.Dropout(0.5, name=name) for name in "abc"]
    return network(*(one for d in dropouts for one in hidden(d)), L.Dense(1))


def after_output():
    return network(*hidden(), L.Dense(1), L.Dropout(0.3, name="d"))


def before_batch_normalization():
    return network(*hidden(L.Dropout(0.3, name="d"), L.BatchNormalization()), L.Dense(1))


def units_of_convolution():
    pooled = (L.GlobalAveragePooling2D(), L.Dense(1))
    return network(L.Conv2D(4, 3), L.ReLU(), L.Dropout(0.3, name="d"), *pooled, shape=(6, 6, 3))


def active_at_inference():
    x = keras.Input((20,))
    h = L.Dropout(0.3, name="d")(L.Dense(8)(x), training=True)
    return keras.Model(x, L.Dense(1)(h))


def shared_seed():
    first, second = (L.Dropout(0.3, seed=1, name=name) for name in "ab")
    return network(*hidden(first), *hidden(second), L.Dense(1))


def starved_first_layer():
    return network(L.Dropout(0.5, name="d"), *hidden(), L.Dense(1))


TRIGGERS = dict(
    zip(
        CODES,
        (
            (high_rate, "d"),
            (same_high_rate, "abc"),
            (after_output, "d"),
            (before_batch_normalization, "d"),
            (units_of_convolution, "d"),
            (active_at_inference, "d"),
            (shared_seed, "ab"),
            (starved_first_layer, "d"),
        ),
        strict=True,
    )
)


@pytest.mark.parametrize("code", CODES)
def test_code_is_found_and_nothing_else(code):
    build, where = TRIGGERS[code]
    (found,) = check_dropout(build())
    assert (found.code, found.where) == (code, tuple(where))
    assert all(repr(name) in found.reason for name in found.where) or code == CODES[1]
    assert found.remedy.endswith(".")


def ours_in_every_place():
    x = keras.Input((6, 6, 3))
    h = keras_layers.SpatialDropout2D(0.2, seed=1)(L.Conv2D(4, 3, activation="relu")(x))
    h = keras_layers.DropBlock2D(0.2, seed=1, block_size=3)(L.Conv2D(4, 3)(h))
    h = L.Dropout(0.2, noise_shape=(None, 1, 1, None))(h)
    h = L.Dropout(0.5)(L.GlobalAveragePooling2D()(h))
    h = keras_layers.Dropout(0.6, seed=1)(L.Dense(8, activation="relu")(h))
    return keras.Model(x, L.Dense(2)(h))


def recipe():
    return network(*hidden(L.Dropout(0.5)), *hidden(L.Dropout(0.5)), L.Dense(1))


def inputs_and_flattened_maps():
    return network(
        L.Dropout(0.2),
        L.Reshape((20, 1)),
        L.Conv1D(4, 3),
        L.BatchNormalization(),
        L.SpatialDropout1D(0.2),
        L.Flatten(),
        L.Dropout(0.5),
        L.Dense(1),
    )


def recurrent():
    return network(
        L.LSTM(4, dropout=0.2, recurrent_dropout=0.2, seed=1, return_sequences=True),
        keras_layers.DropoutGRU(4, recurrent_dropout=0.3, seed=1),
        L.Dense(1),
        shape=(5, 3),
    )


def zero_rates():
    return network(L.Dropout(0.0), *hidden(), L.Dense(1), keras_layers.Dropout(0.0))


def plain():
    return network(*hidden(), L.Dense(1))


@pytest.mark.parametrize(
    "build",
    [ours_in_every_place, recipe, inputs_and_flattened_maps, recurrent, zero_rates, plain],
)
def test_good_network_has_no_finding(build):
    assert check_dropout(build()) == []


def test_what_is_active_at_inference_is():
    """The reason says what model(x) does; predict has a say of its own."""
    model, x = active_at_inference(), np.ones((4, 20), "float32")
    outputs = [keras.ops.convert_to_numpy(model(x)) for _ in range(2)]
    assert not np.array_equal(*outputs)


def test_call_of_a_model_within_a_model_counts():
    x = keras.Input((20,))
    inner = network(*hidden(L.Dropout(0.3, name="d")))
    inner.name = "inner"
    model = keras.Model(x, L.Dense(1)(inner(x, training=True)))
    (found,) = check_dropout(model)
    assert (found.code, found.where) == (CODES[5], ("inner/d",))


def test_layer_that_knows_no_training_counts():
    class Always(L.Dropout):
        def call(self, inputs):
            return keras.random.dropout(inputs, self.rate, seed=self.seed_generator)

    (found,) = check_dropout(network(*hidden(Always(0.3, name="d")), L.Dense(1)))
    assert found.code == CODES[5]


def test_layer_that_is_called_twice_shares_no_seed_with_another():
    x = keras.Input((20,))
    twice = L.Dropout(0.3, seed=1)
    h = L.Add()([twice(L.Dense(4)(x)), twice(L.Dense(4)(x))])
    assert check_dropout(keras.Model(x, L.Dense(1)(h))) == []


def test_few_inputs_starve_at_a_low_rate():
    def codes(units, rate):
        return [
            one.code for one in run_checks((DropoutPlace("d", rate, source=None, units=units),))
        ]

    assert codes(5, 0.2) == [CODES[7]]
    assert codes(7, 0.2) == codes(None, 0.4) == []
    assert codes(1000, 0.5) == codes(None, 0.5) == [CODES[7]]


def test_rates_at_their_limits():
    def codes(rate, depths=1):
        places = [DropoutPlace(f"d{depth}", rate, depth) for depth in range(depths)]
        return [one.code for one in run_checks(tuple(places))]

    assert codes(0.6) == []
    assert codes(0.61) == codes(1.0) == [CODES[0]]
    assert codes(0.5, depths=2) == codes(0.49, depths=3) == []
    assert codes(0.5, depths=3) == [CODES[1]]


def test_what_cannot_be_read_is_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(InputError, match="cannot be checked: Own is a class with its own call"):
        check_dropout(Own())
    with pytest.raises(InputError, match=r"Received: an object of builtins\.int"):
        check_dropout(3)


def test_findings_are_a_table_in_a_notebook():
    from bridle.dropout.guidance.check_dropout import DropoutFindings

    found = DropoutFindings(
        [DropoutFinding("BR301 high-rate", ("<a>", "b"), "It is.", "Lower it.")]
    )
    shown = found._repr_html_()
    assert "&lt;a&gt;, b" in shown
    assert "<td>Lower it.</td>" in shown
    assert "No problem" in DropoutFindings()._repr_html_()
