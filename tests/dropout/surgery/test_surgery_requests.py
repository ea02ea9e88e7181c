"""Surgery: what a user asks for, what comes, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.networks.keras_networks import NETWORKS, data_for, keras, randomize

import bridle.dropout.keras_layers as ours
from bridle.dropout.schedule import Late, Linear
from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, restore, set_rate
from bridle.dropout.surgery.keras.calls import sublayers
from bridle.dropout.surgery.keras.roles import noise_sources
from bridle.errors import BridleError, BridleWarning, InputError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

L = keras.layers


def rates(model):
    return {entry.layer: entry.rate for entry in dropout_summary(model).entries}


def kinds(model):
    return {entry.layer: entry.kind for entry in dropout_summary(model).entries}


def network(name):
    return randomize(NETWORKS[name].build())


# --- Rates and places


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("nested", {"rate": (0.1, 0.3)},
         {"encoder/a_dropout": 0.1, "encoder/b_dropout": 0.2, "head/h_dropout": 0.3}),
        ("nested", {"rate": {"encoder/*": 0.4, "b": 0.1}},
         {"encoder/a_dropout": 0.4, "encoder/b_dropout": 0.1}),
        ("nested", {"where": "h", "rate": 0.2}, {"head/h_dropout": 0.2}),
        ("convolutional", {"where": lambda layer: isinstance(layer, L.Dense), "rate": 0.2},
         {"d_dropout": 0.2}),
        ("convolutional", {"where": "pool", "rate": 0.2}, {"pool_dropout": 0.2}),
        ("attention", {"kind": "attention", "rate": 0.2}, {"mha": 0.2}),
        ("attention", {"where": ["f*", "mha"], "kind": "dropout", "rate": 0.2},
         {"mha_dropout": 0.2, "f1_dropout": 0.2, "f2_dropout": 0.2}),
        ("recurrent", {"where": "words", "rate": 0.2}, {"words_dropout": 0.2}),
        ("recurrent", {"rate": {"lstm": 0.2}}, {"lstm": 0.2}),
        ("recurrent", {"rate": 0.0}, {"lstm": 0.0, "gru": 0.0}),
        ("with_dropout", {"existing": "replace", "rate": 0.3},
         {"a_dropout": 0.3, "g": 0.3, "b_dropout": 0.3}),
        ("with_dropout", {"where": "b", "existing": "replace", "rate": 0.3}, {"b_dropout": 0.3}),
    ],
)  # fmt: skip
def test_request_is_met(name, settings, expected):
    model = add_dropout(network(name), **settings)
    assert rates(model) == expected


def test_weight_drop_keeps_the_state_whole():
    model = add_dropout(network("recurrent"), 0.3, kind="weight_drop")
    layers = [model.get_layer("lstm"), model.get_layer("gru")]
    assert [one.weight_dropout for one in layers] == [0.3, 0.3]
    assert [one.recurrent_dropout for one in layers] == [0.0, 0.0]


def test_second_cut_adds_beside_the_first():
    once = add_dropout(network("mlp"), 0.2, where="b", seed=0)
    twice = add_dropout(once, 0.4, seed=0)
    assert rates(twice) == {"a_dropout": 0.4, "r_dropout": 0.2}
    at_once = add_dropout(network("mlp"), seed=0)
    seeds = [[layer.seed for layer in model.layers if isinstance(layer, ours.Dropout)]
             for model in (twice, at_once)]  # fmt: skip
    assert seeds[0] == seeds[1]


def test_stream_of_a_place_does_not_depend_on_the_other_places():
    models = [add_dropout(network("nested"), where=one, seed=5) for one in (None, "h", ["a", "h"])]
    seeds = {model.get_layer("head").get_layer("h_dropout").seed for model in models}
    assert len(seeds) == 1


def test_dropout_layers_have_names_of_their_own():
    first = keras.Sequential(
        [keras.Input((3,)), L.Dense(4, "relu", name="a"), L.Dense(2, name="a_dropout")]
    )
    assert kinds(add_dropout(first)) == {"a_dropout_1": "Dropout"}


def test_copy_is_of_the_same_class_and_keeps_trainable_marks():
    class Mine(keras.Sequential):
        def extra(self):
            return 1

    model = Mine([keras.Input((3,)), L.Dense(4, "relu", name="a"), L.Dense(2, name="out")])
    model.get_layer("a").trainable = False
    frozen = network("nested")
    frozen.get_layer("encoder").trainable = False
    assert add_dropout(model).extra() == 1
    for one in (model, frozen):
        copy = add_dropout(one)
        assert [w.path for w in copy.trainable_weights] == [w.path for w in one.trainable_weights]
        assert len(copy.trainable_weights) < len(copy.weights)


def test_network_without_shapes_is_cut_too():
    model = keras.Sequential([L.Conv2D(3, 2, activation="relu", name="c"), L.Flatten(), L.Dense(1)])
    copy = add_dropout(model)
    assert kinds(copy) == {"c_dropout": "SpatialDropout2D"}
    assert copy(np.ones((2, 4, 4, 1))).shape == (2, 1)
    assert not model.built


def test_functions_and_lambdas_come_along():
    def double(x):
        return 2 * x

    x = keras.Input((3,))
    h = L.Lambda(lambda t: t + 1, name="plus")(L.Dense(4, activation=double, name="a")(x))
    model = keras.Model(x, L.Dense(1)(h))
    copy = add_dropout(model)
    data = np.ones((2, 3))
    np.testing.assert_array_equal(copy.predict(data, verbose=0), model.predict(data, verbose=0))


@pytest.mark.parametrize(("layer", "axes"), [(L.Conv1D, 1), (L.Conv2D, 2)])
def test_whole_channels_go_where_channels_come_first(layer, axes):
    convolution = layer(8, 2, activation="relu", data_format="channels_first", name="c")
    model = keras.Sequential(
        [keras.Input((2,) + (5,) * axes), convolution, L.Flatten(), L.Dense(1)]
    )
    noisy = add_dropout(model, 0.5, seed=0).get_layer("c_dropout")
    y = keras.ops.convert_to_numpy(noisy(np.ones((3, 8) + (4,) * axes, "float32"), training=True))
    channels = y.reshape(24, -1)
    assert (channels == channels[:, :1]).all()
    assert {*channels[:, 0]} == {0, 2}


def test_what_a_layer_learnt_from_data_comes_along():
    data = np.random.default_rng(0).normal(3, 2, (20, 3)).astype("float32")
    scaling = L.Normalization()
    scaling.adapt(data)
    model = keras.Sequential([keras.Input((3,)), scaling, L.Dense(4, "relu"), L.Dense(1)])
    copy = add_dropout(model)
    np.testing.assert_array_equal(copy.predict(data, verbose=0), model.predict(data, verbose=0))


def test_states_that_a_layer_returns_have_no_noise():
    x = keras.Input((5, 3))
    sequence, *states = L.LSTM(4, return_sequences=True, return_state=True, name="encoder")(x)
    h = L.LSTM(4, name="decoder")(sequence, initial_state=states)
    model = keras.Model(x, L.Dense(1)(h))
    copy = add_dropout(model, kind="dropout")
    assert kinds(copy) == {"encoder_dropout": "Dropout", "decoder_dropout": "Dropout"}
    readers = [node.operation.name for node in copy.get_layer("encoder")._outbound_nodes]
    assert sorted(readers) == ["decoder", "decoder", "encoder_dropout"]


# --- Compilation and training


def compiled(model):
    metrics = [keras.metrics.MeanAbsoluteError(name="mae"), "mse"]
    schedule = keras.optimizers.schedules.ExponentialDecay(0.0, 10, 0.5)
    model.compile(keras.optimizers.Adam(schedule), lambda y, z: (y - z) ** 2, metrics=metrics)
    return model


def batch():
    rng = np.random.default_rng(0)
    return rng.normal(size=(8, 6)).astype("float32"), rng.normal(size=(8, 3)).astype("float32")


def test_compilation_is_copied_with_a_fresh_optimizer():
    x, y = batch()
    model = compiled(network("mlp"))
    model.fit(x, y, verbose=0)
    copy = add_dropout(model)
    assert type(copy.optimizer) is type(model.optimizer)
    assert copy.optimizer is not model.optimizer
    assert int(copy.optimizer.iterations) == 0
    assert int(model.optimizer.iterations) == 1
    assert copy.evaluate(x, y, verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0))


def test_training_the_copy_leaves_the_first_network_alone():
    x, y = batch()
    model = network("mlp")
    model.compile("adam", "mse")
    before = model.predict(x, verbose=0)
    copy = add_dropout(model)
    copy.fit(x, y, verbose=0)
    assert (copy.predict(x, verbose=0) != before).any()
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    np.testing.assert_array_equal(restore(copy).predict(x, verbose=0), copy.predict(x, verbose=0))


def test_network_that_is_not_compiled_stays_so():
    assert not add_dropout(network("mlp")).compiled


def test_own_compile_is_not_guessed_at():
    class Mine(keras.Sequential):
        def compile(self, optimizer, knob):
            super().compile(optimizer, "mse")

    model = Mine([keras.Input((3,)), L.Dense(4, "relu"), L.Dense(2)])
    model.compile("adam", 3)
    with pytest.warns(BridleWarning, match=r"Mine overrides compile\(\)"):
        assert not add_dropout(model).compiled


def test_rate_acts_at_once_in_a_compiled_step():
    x, y = batch()
    model = add_dropout(compiled(network("mlp")), 1.0)
    step = keras.Sequential.train_on_batch
    plain = model.evaluate(x, y, verbose=0)[0]
    first = step(model, x, y)[0]
    model.reset_metrics()
    set_rate(model, 0)
    assert step(model, x, y)[0] == pytest.approx(plain, rel=1e-6)
    assert first != pytest.approx(plain, rel=1e-3)


# --- set_rate and the summary


def test_set_rate_by_name_leaves_the_others():
    model = add_dropout(network("mlp"), 0.5)
    set_rate(model, {"b": 0.1})
    assert rates(model) == {"a_dropout": 0.5, "r_dropout": 0.1}
    set_rate(model, {"a_dropout": 0.2, "*": 0.3})
    assert rates(model) == {"a_dropout": 0.2, "r_dropout": 0.3}
    set_rate(model, (0.6, 0.8))
    assert rates(model) == {"a_dropout": 0.6, "r_dropout": 0.8}


def test_set_rate_sets_all_or_none():
    model = add_dropout(network("mlp"), 0.5)
    with pytest.raises(InputError, match=re.escape("rate['b'] must be a number in [0, 1]")):
        set_rate(model, {"a": 0.1, "b": 2})
    assert rates(model) == {"a_dropout": 0.5, "r_dropout": 0.5}


def test_set_rate_reaches_a_class_of_its_own():
    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.drop, self.plain = ours.Dropout(0.5, name="d"), L.Dropout(0.4, name="k")
            self.lstm = ours.DropoutLSTM(2, recurrent_dropout=0.3, name="l")

    model = Mine()
    set_rate(model, {"d": 0.1})
    assert rates(model) == {"d": 0.1, "k": 0.4, "l": 0.3}
    assert [one.settable for one in dropout_summary(model).entries] == [True, False, True]


def test_set_rate_needs_layers_of_ours():
    with pytest.raises(InputError, match="has no dropout whose rate can be set"):
        set_rate(network("with_dropout"), 0.5)


def test_summary_is_a_table():
    assert repr(dropout_summary(add_dropout(network("convolutional"), (0.1, 0.3)))) == (
        "convolutional: dropout in 3 places\n"
        "layer       kind              rate  of      set_rate\n"
        "c1_dropout  SpatialDropout2D  0.1   c1      yes\n"
        "r2_dropout  SpatialDropout2D  0.2   c2, r2  yes\n"
        "d_dropout   Dropout           0.3   d       yes\n"
        "\n"
        "without dropout  because\n"
        "out              leads to an output: no layer computes after it"
    )
    summary = dropout_summary(network("mlp"))
    assert repr(summary).startswith("mlp: no dropout\n\nwithout dropout  because\n")
    assert {one.reason for one in summary.bare[:-1]} == {"none was put in"}


# --- What is taken out


def test_restore_leaves_the_dropout_of_keras():
    model = add_dropout(network("with_dropout"))
    assert rates(restore(model)) == {"d": 0.2, "g": 0.1}
    assert rates(remove_dropout(model)) == {}


def test_restore_makes_every_layer_of_ours_one_of_keras():
    x = keras.Input((4,), dtype="int32")
    h = ours.EmbeddingDropout(7, 3, rate=0.2)(x)
    h = ours.DropPath(0.3)(ours.DropConnectDense(3, "relu", rate=0.4)(h))
    h = L.Bidirectional(ours.DropoutGRU(2, weight_dropout=0.3))(h)
    model = randomize(keras.Model(x, ours.ConcreteDropout(L.Dense(1), name="head")(h)))
    plain = restore(model)
    names = [type(one).__module__.split(".")[0] for one in plain._flatten_layers()]
    assert {*names} == {"keras"}
    data = data_for(model)
    np.testing.assert_array_equal(plain.predict(data, verbose=0), model.predict(data, verbose=0))


# --- What cannot be cut


class Block(L.Layer):
    """A layer with layers within it."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.first, self.second = L.Dense(units, "relu"), L.Dense(units)

    def call(self, x):
        return self.second(self.first(x))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Subclassed(keras.Model):
    """A model that is a class with its own call() of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = L.Dense(3)

    def call(self, x):
        return self.dense(x)


class OwnConstructor(keras.Model):
    """A functional model with a constructor of its own."""

    def __init__(self, units):
        x = keras.Input((3,))
        super().__init__(x, L.Dense(1)(L.Dense(units, "relu")(x)))


class Forgetful(L.Layer):
    """A layer whose configuration leaves an argument out."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return x @ self.kernel

    def get_config(self):
        return super().get_config()


def with_part(part):
    x = keras.Input((3,))
    h = part(L.Dense(3, "relu", name="before")(x))
    return keras.Model(x, L.Dense(1, name="out")(h), name="whole")


UNCUTTABLE = {
    "a subclassed model": (Subclassed, "'mine' cannot be cut: Subclassed is a class with its own call"),
    "a constructor of its own": (OwnConstructor, "pass keras.Model\\(model.inputs, model.outputs\\)"),
    "a layer of layers": (lambda **_: with_part(Block(3, name="block")), "part 'block': Block is a"),
    "a subclassed part": (
        lambda **_: with_part(Subclassed(name="part")), "part 'part': Subclassed is a class",
    ),
    "a wrapped model": (
        lambda **_: keras.Sequential(
            [keras.Input((4, 6)), L.TimeDistributed(network("mlp"), name="t"), L.Dense(1)]
        ),
        "part 't': TimeDistributed wraps a model",
    ),
    "a configuration that forgets": (
        lambda **_: with_part(Forgetful(3, name="f")), "'f' \\(Forgetful\\) cannot be copied",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNCUTTABLE)
def test_network_that_cannot_be_cut_is_refused_with_the_reason(name):
    build, message = UNCUTTABLE[name]
    model = build(units=3) if build is OwnConstructor else build(name="mine")
    with pytest.raises(InputError, match=message):
        add_dropout(model)


def test_part_that_cannot_be_cut_stays_as_it_is_on_request():
    model = with_part(Block(3, name="block"))
    copy = add_dropout(model, where=["before", "block"])
    assert kinds(copy) == {"before_dropout": "Dropout", "block_dropout": "Dropout"}
    x = np.ones((2, 3))
    np.testing.assert_array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("function", [add_dropout, remove_dropout, restore, dropout_summary])
def test_something_else_than_a_network_is_refused(function):
    with pytest.raises(InputError, match=r"must be a Keras 3 network.*builtins\.int"):
        function(3)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"existing": "drop"}, UnknownNameError, "existing dropout 'drop'"),
        ({"rate": 50}, InputError, "write 0.5"),
        ({"rate": True}, InputError, "rate must be a number"),
        ({"seed": 0.5}, InputError, "seed must be an integer"),
        ({"where": "out"}, InputError, "must not name an output"),
        ({"kind": "recurrent"}, InputError, "no hidden layer"),
    ],
)
def test_wrong_request_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        add_dropout(network("mlp"), **settings)


def test_dropout_before_batch_normalisation_warns():
    model = keras.Sequential(
        [keras.Input((3,)), L.Dense(4, "relu", name="a"), L.BatchNormalization(), L.Dense(1)]
    )
    with pytest.warns(
        BridleWarning, match="after 'a' comes before a batch normalisation"
    ) as caught:
        add_dropout(model)
    assert caught[0].filename == __file__


def test_dropout_of_rate_0_is_a_place_to_use():
    def network(rate):
        x = keras.Input((4,))
        h = L.Dropout(rate)(L.Dense(6, "relu", name="hidden")(x))
        return keras.Model(x, L.Dense(2)(h))

    def settable(model):
        return [one.layer for one in dropout_summary(model).entries if one.settable]

    assert len(settable(add_dropout(network(0.0), 0.5))) == 1
    once = add_dropout(network(0.0), 0.0)
    for taken in (network(0.2), once):
        with pytest.warns(BridleWarning, match="already dropout at 'hidden'"):
            assert settable(add_dropout(taken, 0.5)) == settable(taken)


@pytest.mark.parametrize(
    "asked", [{"where": ["hidden", "deep"]}, {"rate": {"hidden": 0.5, "deep": 0.5}}]
)
def test_what_was_asked_by_name_and_not_done_is_said(asked):
    x = keras.Input((4,))
    h = L.Dropout(0.2)(L.Dense(6, "relu", name="hidden")(x))
    model = keras.Model(x, L.Dense(2)(L.Dense(6, "relu", name="deep")(h)))
    with pytest.warns(BridleWarning, match="already dropout at 'hidden', so none is added"):
        cut = add_dropout(model, **asked)
    assert [one.follows for one in dropout_summary(cut).entries if one.settable] == [("deep",)]


# --- Keras's own dropout in a network that was cut


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="compiles by jax.jit")
@pytest.mark.parametrize("kind", [L.Dropout, L.GaussianDropout, L.AlphaDropout])
def test_compiled_call_that_would_repeat_keras_s_masks_is_refused_in_a_network_that_was_cut(kind):
    import jax

    made = [keras.Input((6,)), L.Dense(8, "relu"), kind(0.5), L.Dense(8, "relu"), L.Dense(2)]
    cut = add_dropout(keras.Sequential(made), 0.3)
    X = np.ones((4, 6), np.float32)
    with pytest.raises(BridleError, match=r"every call would use the same mask.*stateless_call"):
        jax.jit(lambda x: cut(x, training=True))(X)
    first, second = (np.asarray(cut(X, training=True)) for _ in range(2))
    assert not np.array_equal(first, second)
    cut.compile("sgd", "mse")
    cut.fit(X, np.zeros((4, 2)), verbose=0)
    plain = restore(cut)
    generators = [one for layer in plain.layers for one in layer._seed_generators]
    assert {type(one) for one in generators} == {keras.random.SeedGenerator}


class Depth(L.Layer):
    """Stochastic depth as users write it: with a generator of its own."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, x, training=False):
        shape = (keras.ops.shape(x)[0], 1)
        return x * (keras.random.uniform(shape, seed=self.seed_generator) > 0.5) if training else x


def test_layers_that_draw_and_are_no_dropout_are_named():
    made = [keras.Input((6,)), L.Dense(8, "relu"), L.Dropout(0.5), Depth(name="depth"), L.Dense(2)]
    with pytest.warns(BridleWarning, match=r"dropout: depth \(Depth\)"):
        plain = remove_dropout(keras.Sequential(made))
    assert dropout_summary(plain).entries == ()


# --- Schedules


@pytest.mark.parametrize("name", ["convolutional", "attention", "recurrent"])
def test_every_place_has_the_schedule(name):
    cut = add_dropout(network(name), 0.3, schedule=Linear(steps=100, end=0.5), seed=0)
    sources = [one for layer in sublayers(cut) for one in noise_sources(layer)]
    assert sources
    assert {one.schedule for one in sources} == {Linear(steps=100, end=0.5)}


def test_dropout_begins_when_the_schedule_says():
    plain = keras.Sequential([keras.Input((5,)), L.Dense(16, "relu"), L.Dense(2)])
    cut = add_dropout(plain, 0.5, schedule={"name": "late", "begin": 2}, seed=0)
    x = data_for(plain)
    calls = [keras.ops.convert_to_numpy(cut(x, training=True)) for _ in range(3)]
    still = keras.ops.convert_to_numpy(plain(x, training=True))
    np.testing.assert_array_equal(calls[0], still)
    np.testing.assert_array_equal(calls[1], still)
    assert not np.allclose(calls[2], still)


def test_a_sub_network_takes_no_schedule():
    with pytest.raises(InputError, match="schedule must be left out"):
        add_dropout(network("nested"), kind="subnetwork", schedule=Late(begin=2))


@pytest.mark.parametrize("schedule", ["linear", {"name": "none"}, {"name": "late"}, 3])
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(BridleError, match="schedule"):
        add_dropout(network("nested"), schedule=schedule)
