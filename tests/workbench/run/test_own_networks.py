"""Laws of the user's network in a study: what was asked is what runs, or the study refuses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.backend import backend_available, load_keras
from bridle.errors import InputError
from bridle.workbench.arm import ARMS
from bridle.workbench.checks.splits import SPLIT_CHECKS
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.data.row_arrays import from_row_arrays
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

if backend_available() is None:
    from bridle.networks.engine.job import Job
    from bridle.networks.engine.train_jobs import plan_groups, train_jobs
    from bridle.networks.own.plain_network import _training_pass
    from bridle.networks.regime import Regime
    from bridle.networks.sources import Structure
    from bridle.networks.template.build_template import build_template
    from bridle.networks.template.networks import Networks
    from bridle.workbench.run.asked_split import asked_split, given_split

    keras = load_keras()
    L, ops, losses = keras.layers, keras.ops, keras.losses

PROTOCOL = Protocol(seeds=(0, 1), epochs=1)


def table(n=60):
    X = np.random.default_rng(0).normal(size=(n, 3))
    return X, (X[:, 0] > 0).astype(int)


def sequences(n=60):
    X = np.random.default_rng(0).normal(size=(n, 5, 2))
    return X, (X[:, 0, 0] > 0).astype(int)


def split(X=None, y=None):
    held = from_arrays(*table()) if X is None else from_arrays(X, y)
    return draw_split(held, PROTOCOL, 0)


SLOW = ("recurrent", "attention", "columns", "codes", "smoothed", "in a list")


def quick_first(cases):
    return [pytest.param(one, marks=pytest.mark.slow if one in SLOW else ()) for one in cases]


def arm(source, name="baseline"):
    return type(ARMS[name])(source)


def sequential(*layers, shape=(3,), dtype=None, **compiled):
    network = keras.Sequential([keras.Input(shape, dtype=dtype), *layers])
    if compiled:
        network.compile(**compiled)
    return network


def compare(source, X=None, y=None, **options):
    X, y = table() if X is None else (X, y)
    options = {"arms": ["baseline", "dropout"], "seeds": 2, "epochs": 1, **options}
    return bridle.compare(X, y, network=source, **options)


def template(source, shape=(3,), n_classes=2):
    return build_template(Structure(source, shape, n_classes))


# --- A study sees the network as it is


def test_network_that_changed_between_two_studies_is_the_changed_one():
    """Recompiled, frozen or with other globals, it gave the first study's answer."""
    model = sequential(L.Dense(4, "relu"), L.Dense(1))
    held = arm(model)
    networks, found = Networks(), []
    for rate in (0.1, 0.5):
        model.compile(keras.optimizers.SGD(rate))
        made = held.job(split(), PROTOCOL, 0, Networks()).template
        found.append(float(made.optimizer.learning_rate))
        same = held.job(split(), PROTOCOL, 0, networks).template
        assert float(same.optimizer.learning_rate) == pytest.approx(
            0.1
        )  # within one study it does not change
    assert found == pytest.approx([0.1, 0.5])
    model.layers[0].trainable = False
    assert held.job(split(), PROTOCOL, 0, Networks()).template.n_parameters == 5


def test_function_without_a_hash_is_a_function():
    @dataclass
    class Build:
        width: int

        def __call__(self, n_features, n_outputs):
            return sequential(L.Dense(self.width, "relu"), L.Dense(n_outputs))

    build, networks = Build(4), Networks()
    jobs = [
        arm(build, name).job(split(), PROTOCOL, 0, networks) for name in ("baseline", "dropout")
    ]
    assert jobs[0].template is jobs[1].template
    build.width = 5
    assert arm(build).job(split(), PROTOCOL, 0, Networks()).template.n_parameters == 26


def test_recipe_is_built_anew_under_other_settings_of_keras():
    job = ARMS["baseline"].job(split(), PROTOCOL, 0, Networks())
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        other = ARMS["baseline"].job(split(), PROTOCOL, 0, Networks())
    finally:
        keras.config.set_dtype_policy(before)
    assert job.template is not other.template
    assert ARMS["baseline"].job(split(), PROTOCOL, 0, Networks()).template is job.template


# --- Heads


def head(layer, *after):
    def build(n_features, n_outputs):
        inputs = keras.Input((n_features,))
        outputs = layer(n_outputs)(inputs)
        for one in after:
            outputs = one(outputs)
        return keras.Model(inputs, outputs)

    return build


def own_sigmoid(z):
    return 1 / (1 + ops.exp(-z))


class OwnHead:
    """Builds a class with a call() of its own, of which nothing can be read."""

    def __init__(self, function):
        self.function = function

    def __call__(self, n_features, n_outputs):
        function = self.function

        class Own(keras.Model):
            def __init__(self):
                super().__init__()
                self.last = L.Dense(n_outputs)

            def call(self, x, training=None):
                return function(self.last(x))

        return Own()


def dense(activation=None):
    return lambda units: L.Dense(units, activation)


HEADS = {
    "logit": (lambda: head(dense()), 2, "linear"),
    "sigmoid": (lambda: head(dense("sigmoid")), 2, "sigmoid"),
    "sigmoid, reshaped": (lambda: head(dense("sigmoid"), L.Reshape((1,))), 2, "sigmoid"),
    "sigmoid, identity": (lambda: head(dense("sigmoid"), L.Identity()), 2, "sigmoid"),
    "sigmoid, cast": (
        lambda: head(dense("sigmoid"), lambda z: ops.cast(z, "float32")),
        2,
        "sigmoid",
    ),
    "sigmoid in a function": (lambda: head(dense(own_sigmoid)), 2, "sigmoid"),
    "sigmoid in a call": (lambda: OwnHead(own_sigmoid), 2, "sigmoid"),
    "logit in a call": (lambda: OwnHead(lambda z: z), 2, "linear"),
    "capped logits": (lambda: OwnHead(lambda z: 30 * ops.tanh(z / 30)), 3, "linear"),
    "softmax, reshaped": (lambda: head(dense("softmax"), L.Reshape((3,))), 3, "softmax"),
    "softmax in a call": (lambda: OwnHead(ops.softmax), 3, "softmax"),
    "log softmax": (lambda: head(dense("log_softmax")), 3, "linear"),
    "number": (lambda: head(dense(), L.Flatten()), None, "linear"),
}


@pytest.mark.parametrize("case", HEADS)
def test_outputs_are_what_the_network_computes(case):
    build, n_classes, link = HEADS[case]
    assert template(build(), n_classes=n_classes).link == link


WRONG_HEADS = {
    "sigmoid": (lambda: head(dense("sigmoid")), None, "linear, since the target .* 0 and 1"),
    "softmax": (
        lambda: OwnHead(lambda z: ops.softmax(ops.concatenate([z, -z], axis=-1), axis=-1)[:, :1]),
        None,
        "linear, since the target .* 0 and 1",
    ),
    "relu": (lambda: head(dense("relu"), L.Flatten()), None, "are never below 0"),
    "tanh": (lambda: OwnHead(ops.tanh), None, "are never below -1"),
    "three sigmoids": (lambda: head(dense("sigmoid")), 3, "linear or applies softmax"),
    "relu for a class": (lambda: OwnHead(ops.relu), 2, "linear or applies sigmoid"),
}


@pytest.mark.parametrize("case", WRONG_HEADS)
def test_head_that_cannot_reach_the_target_is_refused(case):
    build, n_classes, message = WRONG_HEADS[case]
    with pytest.raises(InputError, match=message):
        template(build(), n_classes=n_classes)


def test_constant_probability_has_its_own_risk():
    """It scored .791, as a logit of .9 does."""

    def build(n_features, n_outputs):
        bias = keras.initializers.Constant(np.log(9))
        last = L.Dense(1, "sigmoid", kernel_initializer="zeros", bias_initializer=bias)
        return sequential(last, L.Reshape((1,)), optimizer=keras.optimizers.SGD(0.0))

    X, y = table(40)
    y = np.arange(40) % 2
    for record in compare(build, X, y, arms=["baseline"]).records[1::2]:
        assert record.test_risk == pytest.approx(-np.log([0.9, 0.1]).mean(), rel=1e-5)


# --- Losses


def focal_of_codes(y, p):
    return (1 - ops.max(p, axis=-1)) * losses.sparse_categorical_crossentropy(y, p)


def cubes(y, z):
    return ops.mean(ops.abs(y - z) ** 3, axis=-1)


LOSSES = {
    "mae": (lambda: "mae", None, None, False),
    "own function": (lambda: cubes, None, None, False),
    "summed": (lambda: losses.MeanSquaredError(reduction="sum"), None, None, False),
    "focal": (lambda: losses.BinaryFocalCrossentropy(), "sigmoid", 2, False),
    "smoothed": (lambda: losses.BinaryCrossentropy(label_smoothing=0.2), "sigmoid", 2, False),
    "columns": (lambda: losses.CategoricalFocalCrossentropy(), "softmax", 3, False),
    "codes": (lambda: focal_of_codes, "softmax", 3, True),
    "in a list": (lambda: ["mae"], None, None, False),
}


@pytest.mark.parametrize("case", quick_first(LOSSES))
def test_network_is_trained_by_the_loss_that_it_is_compiled_with(case):
    make, activation, n_classes, codes = LOSSES[case]
    width = n_classes if n_classes == 3 else 1

    def build(n_features, n_outputs):
        return sequential(
            L.Dense(width, activation), optimizer=keras.optimizers.SGD(0.3), loss=make()
        )

    held = template(build, n_classes=n_classes)
    X = np.random.default_rng(1).normal(size=(12, 3)).astype("float32")
    y = X[:, 0] if n_classes is None else np.arange(12.0) % n_classes
    job = Job(held, Regime(), (X, y), (X, y), epochs=2, batch_size=12, seed=3)
    ((_, outcome),) = train_jobs([job], plan_groups([job]))
    assert held.loss is not None

    by_keras = build(3, width)
    for variable, value in zip(by_keras.trainable_variables, held.initial(3)[0], strict=True):
        variable.assign(value)
    targets = y if codes or width == 1 else np.eye(3)[y.astype(int)]
    by_keras.fit(X, targets, batch_size=12, epochs=2, shuffle=False, verbose=0)
    for variable, value in zip(by_keras.trainable_variables, outcome.state.trainable, strict=True):
        np.testing.assert_allclose(value, ops.convert_to_numpy(variable), rtol=1e-4, atol=1e-5)


OWN_LOSSES = {
    "squared error": ("mse", None, None),
    "cross-entropy": ("binary_crossentropy", "sigmoid", 2),
    "of columns": ("categorical_crossentropy", "softmax", 3),
    "of codes": ("sparse_categorical_crossentropy", "softmax", 3),
}


@pytest.mark.parametrize("case", OWN_LOSSES)
def test_loss_of_the_task_is_computed_from_logits(case):
    loss, activation, n_classes = OWN_LOSSES[case]
    source = lambda p, q: sequential(L.Dense(q, activation), optimizer="sgd", loss=loss)  # noqa: E731
    assert template(source, n_classes=n_classes).loss is None


WRONG_LOSSES = {
    "probabilities": ("binary_crossentropy", None, 2, "takes probabilities, and outputs .* logits"),
    "codes for one": ("sparse_categorical_crossentropy", "sigmoid", 2, "not smaller for right"),
    "logits": (
        lambda: losses.BinaryCrossentropy(from_logits=True),
        "sigmoid",
        2,
        "takes logits, and outputs .* probabilities",
    ),
    "indifferent": (lambda: lambda y, z: ops.mean(z**2), None, None, "not smaller for right"),
    "unknown": ("logcosh", None, None, "a loss that Keras has. Received: 'logcosh'"),
}


@pytest.mark.parametrize("case", WRONG_LOSSES)
def test_loss_that_does_not_fit_is_refused(case):
    loss, activation, n_classes, message = WRONG_LOSSES[case]
    made = loss if isinstance(loss, str) else loss()
    with pytest.raises(InputError, match=message):
        template(
            lambda p, q: sequential(L.Dense(q, activation), optimizer="sgd", loss=made),
            n_classes=n_classes,
        )


def test_loss_is_said_and_the_risk_is_the_tasks():
    """Studies by absolute and by squared error had equal records, and no word of it."""
    X, y = table()
    y = X[:, 0] ** 3

    def by(loss):
        return lambda p, q: sequential(
            L.Dense(q, kernel_initializer="zeros"), optimizer=keras.optimizers.SGD(0.1), loss=loss
        )

    plain, own = (compare(by(one), X, y, arms=["baseline"]) for one in ("mse", "mae"))
    assert own.titles["baseline"] == "your network, trained by mean_absolute_error"
    assert plain.titles["baseline"] == "your network"
    for one, other in zip(plain.records[1::2], own.records[1::2], strict=True):
        assert one.test_risk != other.test_risk
        assert other.details["loss"] == "mean_absolute_error"
    labels = {line.get_label() for ax in own.plot_loss().axes for line in ax.lines}
    assert "as optimised" not in labels


def test_model_of_a_class_is_copied_with_its_weights_and_its_very_loss():
    class Own(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.last = L.Dense(1)

        def call(self, x, training=None):
            return self.last(x)

    model = Own()
    model.compile(keras.optimizers.SGD(0.3), lambda y, z: ops.mean(ops.abs(y - z) ** 1.5))
    model(np.zeros((2, 3), "float32"))
    held = template(model, n_classes=None)
    assert held.loss.name == "<lambda>"
    assert float(held.optimizer.learning_rate) == pytest.approx(0.3)
    kernel = ops.convert_to_numpy(model.last.kernel)
    for seed in (0, 1):
        np.testing.assert_array_equal(held.initial(seed)[0][0], kernel)
    assert held.network is not model


def test_class_that_trains_in_its_own_way_is_refused():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = L.Dense(1)

        def call(self, x, training=None):
            return self.last(x)

        def compute_loss(self, *args, **kwargs):
            return 0.0

    with pytest.raises(InputError, match=r"has a compute_loss\(\) of its own"):
        template(lambda p, q: Own())


# --- Starts


@pytest.mark.parametrize("generator", ["numpy", "python", "keras"])
def test_function_that_draws_from_a_global_generator_starts_all_arms_alike(generator):
    import random

    def draw():
        if generator == "numpy":
            return np.random.normal(size=(3, 4))  # noqa: NPY002
        if generator == "python":
            return np.array([random.gauss() for _ in range(12)]).reshape(3, 4)
        return ops.convert_to_numpy(keras.random.normal((3, 4)))

    def build(n_features, n_outputs):
        network = sequential(L.Dense(4, "relu"), L.Dense(n_outputs))
        network.layers[0].set_weights([draw(), np.zeros(4)])
        return network

    held = template(build)
    first, again, other = (held.initial(seed)[0][0] for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_function_that_builds_other_layers_is_refused():
    built = []

    def build(n_features, n_outputs):
        built.append(0)
        return sequential(L.Dense(3 + len(built) // 3, "relu"), L.Dense(n_outputs))

    with pytest.raises(InputError, match="must build the same layers whenever it is called"):
        template(build).initial(1)


# --- Features


def ids(n=300):
    X = np.random.default_rng(0).integers(0, 20, size=(n, 4))
    return X, X[:, 0] % 2


def embedded(n_outputs, size=20, dtype=None):
    return sequential(
        L.Embedding(size, 8), L.Flatten(), L.Dense(n_outputs), shape=(4,), dtype=dtype
    )


def embedded_in_a_call(n_outputs):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.table, self.last = L.Embedding(20, 8), L.Dense(n_outputs)

        def call(self, x, training=None):
            return self.last(ops.reshape(self.table(x), (-1, 32)))

    return Own()


def job_for(source, X, y, name="baseline", seed=0, shape=None):
    held = from_arrays(X, y) if shape is None else from_row_arrays(X, y)
    networks, whole = Networks(), draw_split(held, PROTOCOL, seed)
    asked = asked_split(arm(source), whole, given_split(held, PROTOCOL, seed), networks)
    return arm(source, name).job(asked, PROTOCOL, seed, networks)


@pytest.mark.parametrize(
    "build",
    [
        lambda p, q: embedded(q),
        lambda p, q: embedded(q, dtype="int32"),
        lambda p, q: embedded_in_a_call(q),
        lambda p, q: sequential(
            L.CategoryEncoding(20, "multi_hot"), L.Dense(q), shape=(4,), dtype="int32"
        ),
    ],
    ids=["Embedding", "integers", "call", "encoding"],
)
def test_whole_numbers_reach_the_network_that_asks_for_them(build):
    X, y = ids()
    job = job_for(build, X, y)
    assert job.template.features == "ids"
    assert set(np.unique(job.training[0])) == set(range(20))


def test_network_on_ids_learns_what_plain_keras_does():
    """Standardised, they had an accuracy of .60."""
    X, y = ids()

    def build(n_features, n_outputs):
        adam = keras.optimizers.Adam(0.05)
        network = embedded(n_outputs)
        network.compile(adam)
        return network

    for record in compare(build, X, y, arms=["baseline"], epochs=10).records[1::2]:
        assert record.test_score == 1.0


def test_features_keep_the_units_that_a_layer_is_made_for():
    X = np.random.default_rng(0).integers(0, 256, size=(60, 4, 4, 1)).astype("uint8")
    y = (X[:, 0, 0, 0] > 127).astype(int)

    def build(shape, n_outputs):
        return sequential(L.Rescaling(1 / 255), L.Flatten(), L.Dense(n_outputs), shape=shape)

    job = job_for(build, X, y, shape=X.shape[1:])
    assert job.template.features == "given"
    assert job.training[0].max() > 200
    assert np.abs(job_for(lambda p, q: sequential(L.Dense(q)), *table()).training[0]).max() < 5
    with pytest.raises(InputError, match="for features on one scale"):
        job_for(build, X, y, "input_noise", shape=X.shape[1:])


def test_what_is_no_whole_number_of_the_network_is_refused():
    def any_width(p, q):
        return sequential(
            L.Embedding(20, 8), L.GlobalAveragePooling1D(), L.Dense(q), shape=(p,), dtype="int32"
        )

    X, y = ids()
    for wrong, said in ((X + 0.5, "Received: .*5 in 'x0'"), (X - 1, "-1 in"), (X * 2, "to 19")):
        with pytest.raises(InputError, match=said):
            job_for(lambda p, q: embedded(q), wrong, y)
    frame = pd.DataFrame(X, columns=list("abcd"))
    with pytest.raises(InputError, match="categories in column 'd'"):
        job_for(any_width, frame.assign(d=np.where(X[:, 0] > 9, "x", "y")), y)
    frame = frame.astype(float)
    frame.loc[3, "b"] = np.nan
    with pytest.raises(InputError, match="missing values in column 'b'"):
        job_for(any_width, frame, y)


# --- The user's dropout


def own_model(layers, call):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.held = layers()

        def call(self, x, training=None):
            return call(self.held, x, training)

    return lambda p, q: Own()


class Block:
    """Builds a layer with dropout within it that only its author can take out."""

    def __call__(self, n_features, n_outputs):
        class Own(L.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.inner, self.drop = L.Dense(8, "relu"), L.Dropout(0.5)

            def call(self, x, training=None):
                return self.drop(self.inner(x), training=training)

        return sequential(L.Dense(8, "relu"), Own(), L.Dense(n_outputs))


NOISY = {
    "before the only layer": (lambda: lambda p, q: sequential(L.Dropout(0.5), L.Dense(q)), (3,)),
    "class": (
        lambda: own_model(
            lambda: [L.Dense(8, "relu"), L.Dropout(0.5), L.Dense(1)],
            lambda held, x, training: held[2](held[1](held[0](x), training=training)),
        ),
        (3,),
    ),
    "attention": (
        lambda: own_model(
            lambda: [L.MultiHeadAttention(2, 4, dropout=0.5), L.Flatten(), L.Dense(1)],
            lambda held, x, training: held[2](held[1](held[0](x, x, training=training))),
        ),
        (5, 2),
    ),
    "recurrent": (
        lambda: own_model(
            lambda: [L.Bidirectional(L.LSTM(4, dropout=0.5, recurrent_dropout=0.5)), L.Dense(1)],
            lambda held, x, training: held[1](held[0](x, training=training)),
        ),
        (5, 2),
    ),
    "layer": (Block, (3,)),
}


@pytest.mark.parametrize("case", quick_first(NOISY))
def test_baseline_has_no_dropout_of_the_users(case):
    """Where it could not be cut, noise was compared with noise."""
    make, shape = NOISY[case]
    held = template(make(), shape)
    assert held.rates == ()
    X = np.random.default_rng(0).normal(size=(16, *shape)).astype("float32")
    one, other = (_training_pass(held.network, X, draw) for draw in (0, 1))
    np.testing.assert_array_equal(one, other)


def test_noise_that_cannot_be_taken_out_is_refused_and_augmentation_is_not():
    generator = keras.random.SeedGenerator(0)

    def call(held, x, training):
        return held[0](keras.random.dropout(x, 0.5, seed=generator) if training else x)

    def unseeded(held, x, training):
        return held[0](keras.random.dropout(x, 0.5) if training else x)

    for one in (call, unseeded):
        with pytest.raises(
            InputError, match=r"no noise that cannot be removed|must accept rows in training"
        ):
            template(own_model(lambda: [L.Dense(1)], one))
    kept = own_model(
        lambda: [L.GaussianNoise(0.5), L.Dense(1)],
        lambda held, x, training: held[1](held[0](x, training=training)),
    )
    network = template(kept).network
    one, other = (_training_pass(network, np.ones((16, 3), "float32"), draw) for draw in (0, 1))
    assert not np.array_equal(one, other)


# --- No study is lost


def recurrent(shape, n_outputs):
    return sequential(L.LSTM(6), L.Dense(n_outputs), shape=shape)


def nested(shape, n_outputs):
    return sequential(sequential(L.Dense(6, "relu"), L.Dense(5, "relu")), L.Dense(n_outputs))


def attentive(shape, n_outputs):
    inputs = keras.Input(shape)
    hidden = L.MultiHeadAttention(2, 4, dropout=0.3)(inputs, inputs)
    return keras.Model(inputs, L.Dense(n_outputs)(L.GlobalAveragePooling1D()(hidden)))


@pytest.mark.parametrize(
    ("build", "data", "measured"),
    [
        (nested, table, True),
        pytest.param(recurrent, sequences, True, marks=pytest.mark.slow),
        pytest.param(attentive, sequences, False, marks=pytest.mark.slow),
    ],
)
def test_every_network_with_a_place_is_judged_and_seen(build, data, measured):
    """It ended in an error after the training, finished records too."""
    records = [one for one in compare(build, *data()).records if one.arm != "dummy"]
    assert [one.failure for one in records] == [None] * 4
    for one in records:
        assert "effect" not in one.details
        assert set(one.effect["loss_without"]) == {"0", "0.1", "0.3", "0.5", "0.7", "0.9"}
        assert (one.effect["coadaptation"] is not None) == measured


def test_what_is_measured_beside_a_run_does_not_end_it(monkeypatch):
    def fails(*_):
        raise ValueError("told so")

    monkeypatch.setattr("bridle.workbench.arm.network_arm.measure_effect", fails)
    monkeypatch.setitem(SPLIT_CHECKS, "BR999", fails)
    study = compare(lambda p, q: sequential(L.Dense(4, "relu"), L.Dense(q)))
    for record in study.records:
        if record.arm != "dummy":
            assert record.failure is None
            assert record.effect is None
            assert record.details["effect"] == "not measured: ValueError: told so"
    (found,) = (one for one in study.verdict.checks if one.code == "BR999")
    assert found.message == "This check could not be run: ValueError: told so."


@pytest.mark.parametrize(
    "name", ["bridle.workbench.arm.network_arm.predictions", "bridle.workbench.run.experiment.tune"]
)
def test_failure_after_the_training_is_a_record(name, monkeypatch):
    def fails(*_):
        raise ValueError("told so")

    monkeypatch.setattr(name, fails)
    source = lambda p, q: sequential(L.Dense(4, "relu"), L.Dense(q))  # noqa: E731
    records = compare(source, tune=name.endswith("tune"), epochs=2).records
    for record in records:
        assert record.failure == (None if record.arm == "dummy" else "ValueError: told so")


@cache
def no_place():
    return compare(lambda p, q: sequential(L.Dense(q)))


def test_arm_that_the_network_cannot_serve_is_skipped_and_the_others_run():
    """In one group with it, the baseline failed too."""
    study = no_place()
    assert {one.arm for one in study.records} == {"dummy", "baseline"}
    assert [one.failure for one in study.records] == [None] * 4
    assert "cannot be given dropout" in study.verdict.skipped["dropout"]


def test_network_that_serves_no_arm_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="must take rows of 3 features"):
        compare(lambda p, q: sequential(L.Dense(q), shape=(7,)), out=tmp_path / "study")
    with pytest.raises(InputError, match="one that fails with ZeroDivisionError"):
        compare(lambda p, q: 1 / 0, out=tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


def test_split_with_features_as_given_has_the_same_rows():
    data = from_arrays(*ids())
    scaled, given = (draw_split(data, PROTOCOL, 0, as_given=one) for one in (False, True))
    for name in ("train", "validation", "test"):
        one, other = getattr(scaled, name), getattr(given, name)
        np.testing.assert_array_equal(one.y, other.y)
        assert other.X.min() >= 0
    whole = replace(data, frame=data.frame.assign(x0=data.frame["x0"] * 1.0))
    assert draw_split(whole, PROTOCOL, 0, as_given=True).feature_names == ("x0", "x1", "x2", "x3")
