"""Laws of training: honest curves, a data order of the seed's own, runs that repeat."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from bridle import streams
from bridle.backend import backend_available, load_keras
from bridle.networks.engine.training import train
from bridle.networks.output_kind import predictions
from bridle.networks.own import outputs
from bridle.networks.own.outputs import linear_outputs
from bridle.networks.own.own_network import default_network
from bridle.networks.recipe import Recipe

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

CLASSES = {"binary": 2, "multiclass": 3, "regression": None}
RULES = {"epochs": 3, "batch_size": 20}
PARTIAL = {"epochs": 3, "batch_size": 16}  # 40 rows: the last batch has 8


def rows(kind, n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)).astype("float32")
    if kind == "regression":
        return X, (X[:, 0] - X[:, 1]).astype("float32")
    y = np.digitize(X[:, 0], [0.0] if kind == "binary" else [-0.5, 0.5])
    return X, y.astype("int32" if kind == "multiclass" else "float32")


def fresh(rate, seed=0, kind="binary", learning_rate=1e-2):
    recipe = Recipe((4, 4), rate=rate, learning_rate=learning_rate)
    return default_network(recipe, 3, CLASSES[kind], seed).network


shared = cache(fresh)  # Every shape of every network costs a compilation.


def restart(network, rate, seed):
    """Bring a network to the state of a new one, without compiling it again."""
    new = fresh(rate, seed)
    for part in ("trainable_variables", "non_trainable_variables"):
        for variable, value in zip(getattr(network, part), getattr(new, part), strict=True):
            variable.assign(value.value)
    learning_rate = float(network.optimizer.learning_rate)
    for variable in network.optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    network.optimizer.learning_rate = learning_rate


def run(network, seed=0, kind="binary", rules=RULES):
    outcome = train(network, kind, rows(kind, 40, 0), rows(kind, 10, 1), seed=seed, **rules)
    assert outcome.diverged is None
    return outcome.curves


def direct_loss(network, kind, X, y):
    predicted = predictions(kind, linear_outputs(network, "linear", X))
    if kind == "regression":
        return mean_squared_error(y, predicted)
    return log_loss(y, predicted, labels=range(predicted.shape[1]))


def values(network):
    convert = load_keras().ops.convert_to_numpy
    return [np.array(convert(weight.value)) for weight in network.weights]


@pytest.mark.parametrize(
    ("kind", "rules"), [("binary", PARTIAL), ("multiclass", RULES), ("regression", RULES)]
)
def test_without_noise_optimised_loss_is_loss_plus_penalty(kind, rules):
    """Where the weights stay, the losses of an epoch are tied, partial last batch or not."""
    network = fresh(0.0, kind=kind, learning_rate=1e-12)
    network.layers[0].kernel.regularizer = load_keras().regularizers.L2(0.1)
    kernel = values(network)[0]
    history = run(network, kind=kind, rules=rules)
    assert len(history.train_loss) == RULES["epochs"]
    np.testing.assert_allclose(history.penalty, 0.1 * np.sum(kernel.astype(float) ** 2), rtol=1e-5)
    expected = np.add(history.train_eval_loss, history.penalty)
    np.testing.assert_allclose(history.train_loss, expected, rtol=1e-5)
    for curve, part in [
        (history.train_eval_loss, rows(kind, 40, 0)),
        (history.val_loss, rows(kind, 10, 1)),
    ]:
        assert curve[-1] == pytest.approx(direct_loss(network, kind, *part), rel=1e-6)


def test_noise_shows_in_optimised_loss_alone():
    network = shared(0.5)
    network.optimizer.learning_rate = 1e-12
    history = run(network)
    network.optimizer.learning_rate = 1e-2
    assert len(set(history.train_loss)) == RULES["epochs"]
    np.testing.assert_allclose(history.train_eval_loss, history.train_eval_loss[0], rtol=1e-6)
    assert history.penalty == (0.0,) * RULES["epochs"]


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_training_from_the_same_state_is_the_same_training(rate):
    network = fresh(rate, seed=7)
    expected, weights = run(network, seed=7), values(network)
    restart(network, rate, 8)
    assert run(network, seed=8) != expected
    restart(network, rate, 7)
    assert run(network, seed=7) == expected
    for one, other in zip(weights, values(network), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("rate", "moves"), [(0.0, False), (0.5, True)])
def test_noise_stream_moves_only_networks_with_noise(rate, moves, monkeypatch):
    network = shared(rate)
    restart(network, rate, 7)
    expected = run(network, seed=7)
    integer = streams.integer
    monkeypatch.setattr(
        streams, "integer", lambda seed, *names: integer(seed + (names[0] == "noise"), *names)
    )
    restart(network, rate, 7)
    assert (run(network, seed=7) != expected) == moves


class Spy:
    """A network that only writes down what it is given."""

    losses = weights = trainable_variables = non_trainable_variables = ()
    stop_training = False

    @property
    def optimizer(self):
        return load_keras().optimizers.SGD()

    def fit(self, batches, *, epochs, steps_per_epoch, callbacks, **_):
        self.epochs = []
        for epoch in range(epochs):
            callbacks[0].on_epoch_begin(epoch)
            self.epochs.append([next(batches) for _ in range(steps_per_epoch)])
            callbacks[0].on_epoch_end(epoch, {"loss": 0.0})
        assert next(batches, None) is None

    def predict(self, X, **_):
        return np.zeros((len(X), 1))


def test_order_belongs_to_seed_and_epoch():
    X, y = np.arange(40.0)[:, None], np.arange(40.0)
    orders = {}
    for name, seed in [("one", 1), ("again", 1), ("other", 2)]:
        spy = Spy()
        train(spy, "regression", (X, y), (X, y), seed=seed, **PARTIAL)
        for batches in spy.epochs:
            assert [len(batch[1]) for batch in batches] == [16, 16, 8]
            assert all(np.array_equal(batch[0][:, 0], batch[1]) for batch in batches)
        orders[name] = [np.concatenate([batch[1] for batch in batches]) for batches in spy.epochs]
    for order in orders["one"]:
        np.testing.assert_array_equal(np.sort(order), y)
        assert not np.array_equal(order, y)
    np.testing.assert_array_equal(orders["one"], orders["again"])
    assert not np.array_equal(orders["one"], orders["other"])
    assert not np.array_equal(orders["one"][0], orders["one"][1])


def test_training_leaves_global_random_state_alone():
    network = shared(0.5)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    run(network)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.fault(64)
def test_loss_that_is_not_a_number_stops_training():
    network = shared(0.0)
    restart(network, 0.0, 0)
    X, y = rows("binary", 40, 0)
    y[5] = np.nan  # in X, TensorFlow's ReLU would make it 0
    outcome = train(network, "binary", (X, y), rows("binary", 10, 1), seed=0, **RULES)
    assert isinstance(outcome.diverged, FloatingPointError)
    assert re.search(
        r"epoch 1, step \d: the targets of the batch are not finite.*the initial weights are kept",
        str(outcome.diverged),
    )
    restart(network, 0.0, 0)
    assert np.isfinite(run(network).train_loss).all()


@pytest.mark.fault(64)
def test_training_that_diverges_late_keeps_the_weights_of_the_last_good_epoch():
    keras = load_keras()
    network = fresh(0.0, kind="regression")
    # From the fifth step on, which is in the third epoch, no loss is finite.
    network.compile(
        keras.optimizers.SGD(keras.optimizers.schedules.PiecewiseConstantDecay([4], [0.01, 1e30])),
        "mse",
    )
    before = fresh(0.0, kind="regression")
    before.compile(keras.optimizers.SGD(0.01), "mse")
    expected = run(before, kind="regression", rules={**RULES, "epochs": 2})
    parts = rows("regression", 40, 0), rows("regression", 10, 1)
    outcome = train(network, "regression", *parts, seed=0, **{**RULES, "epochs": 5})
    assert re.search(r"diverged in epoch 3, step \d: .*weights of epoch 2", str(outcome.diverged))
    assert outcome.curves.val_loss == pytest.approx(expected.val_loss, rel=1e-5)
    for one, other in zip(values(network), values(before), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_early_stopping_leaves_the_best_epoch():
    network = fresh(0.0)
    X, y = rows("binary", 10, 1)
    opposite = X, 1 - y  # what the network learns is wrong there
    rules = {**RULES, "epochs": 60, "patience": 2}
    history = train(network, "binary", rows("binary", 40, 0), opposite, seed=0, **rules).curves
    best = int(np.argmin(history.val_loss))
    assert best == len(history.val_loss) - 3 < 57
    assert direct_loss(network, "binary", *opposite) == pytest.approx(
        history.val_loss[best], rel=1e-6
    )


def test_curves_are_of_the_averages_that_a_training_ends_with():
    network = fresh(0.0)
    network.compile(load_keras().optimizers.Adam(0.1, use_ema=True, ema_momentum=0.9), network.loss)
    history = run(network)
    assert history.val_loss[-1] == pytest.approx(
        direct_loss(network, "binary", *rows("binary", 10, 1)), rel=1e-6
    )


def test_rows_are_evaluated_alike_in_pieces(monkeypatch):
    network = shared(0.0)
    X, _ = rows("binary", 40, 0)
    whole = linear_outputs(network, "linear", X)
    monkeypatch.setattr(outputs, "ROWS_AT_ONCE", 16)
    np.testing.assert_allclose(linear_outputs(network, "linear", X), whole, rtol=1e-5)
