"""Laws of the head and the loss of the user's network: its outputs are read as what they are."""

from __future__ import annotations

import numpy as np
import pytest
from tests.workbench.run.own_networks import (
    compare,
    quick_first,
    sequential,
    table,
    template,
)

from bridle.backend import backend_available
from bridle.errors import InputError

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

if backend_available() is None:
    from tests.workbench.run.own_networks import L, keras, losses, ops

    from bridle.networks.engine.job import Job
    from bridle.networks.engine.train_jobs import plan_groups, train_jobs
    from bridle.networks.regime import Regime


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
    "scaled logits": (lambda: OwnHead(lambda z: z / 100), 3, "linear"),
    "scaled number": (lambda: head(dense(), L.Rescaling(0.01)), None, "linear"),
    "leaky number": (lambda: head(dense(), L.LeakyReLU(0.01)), None, "linear"),
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
    "scaled relu": (lambda: OwnHead(lambda z: ops.relu(z) / 100), 2, "are never below 0"),
    "tanh": (lambda: OwnHead(ops.tanh), None, "are never below -1"),
    "three sigmoids": (lambda: head(dense("sigmoid")), 3, "linear or applies softmax"),
    "softmax of one": (lambda: head(dense("softmax")), 2, "outputs are all 1 under all"),
    "relu for a class": (lambda: OwnHead(ops.relu), 2, "linear or applies sigmoid"),
}


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis:UserWarning")
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
    "by name": (lambda: {"o": "mae"}, None, None, r"loss={'o': 'mae'}, by name, .*without a name"),
    "unknown": ("logcosh", None, None, "a loss that Keras knows. Received: 'logcosh'"),
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

    with pytest.raises(InputError, match=r"overrides compute_loss\(\)"):
        template(lambda p, q: Own())
