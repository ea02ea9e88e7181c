"""Laws of the network: what it is made of, where it starts, what its noise does."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_poisson_deviance, mean_squared_error

import bridle
from bridle.backend import backend_available, load_keras
from bridle.errors import InputError
from bridle.networks.default_network import DefaultNetwork
from bridle.networks.keras_loss import keras_poisson_deviance
from bridle.networks.output_kind import mean_loss, predictions
from bridle.networks.own.own_network import default_network
from bridle.networks.recipe import Recipe
from bridle.networks.sources import Structure, network_of
from bridle.workbench.arm.catalogue import ARMS

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

# Square layers, so that two of them could share weights or masks if their streams did.
SQUARE = Recipe((8, 8), rate=0.5)


def build(recipe=SQUARE, n_classes=2, seed=3):
    return default_network(recipe, 8, n_classes, seed).network


def values(network):
    convert = load_keras().ops.convert_to_numpy
    return [np.array(convert(weight.value)) for weight in network.weights]


def dropouts(network):
    return [layer for layer in network.layers if isinstance(layer, load_keras().layers.Dropout)]


def noisy(layer, x):
    return np.array(load_keras().ops.convert_to_numpy(layer(x, training=True)))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("rate", -0.1),
        ("rate", 1.1),
        ("rate", float("nan")),
        ("rate", True),
        ("rate", "0.5"),
        ("rate", None),
        ("learning_rate", 0.0),
        ("learning_rate", float("inf")),
        ("hidden", (8, 0)),
        ("hidden", (8, 2.5)),
        ("hidden", (True,)),
        ("hidden", [8, 8]),
    ],
)
def test_wrong_setting_is_quoted(field, wrong):
    with pytest.raises(InputError) as caught:
        Recipe(**{"hidden": (8,), "rate": 0.5, field: wrong})
    assert f"{field} must be " in str(caught.value)
    assert f"Received: {field}={wrong!r}" in str(caught.value)


@pytest.mark.parametrize("rate", [0, 0.0, 0.5, 1, 1.0, np.float64(0.25)])
def test_rates_from_0_to_1_are_accepted(rate):
    assert Recipe((8,), rate).rate == rate


def test_default_is_the_recipe():
    recipe = DefaultNetwork().recipe(None)
    network = default_network(recipe, 20, 2, seed=0).network
    made = [(type(layer).__name__, layer.get_config()) for layer in network.layers]
    assert [name for name, _ in made] == 2 * ["Dense", "ReLU", "Dropout"] + ["Dense"]
    assert [c["units"] for name, c in made if name == "Dense"] == [128, 64, 1]
    assert [c["rate"] for name, c in made if name == "Dropout"] == [0.5, 0.5]
    assert {c["activation"] for n, c in made if n == "Dense"} == {"linear"}
    assert float(network.optimizer.learning_rate) == pytest.approx(1e-3)
    assert recipe.title == "network 128-64, dropout 0.5"
    assert Recipe((128, 64), rate=0).title == "network 128-64"


def test_estimators_and_the_arm_dropout_of_own_networks_have_the_default_sizes_and_rate():
    recipe = DefaultNetwork().recipe(None)
    for estimator in (bridle.DropoutClassifier(), bridle.DropoutRegressor()):
        assert (tuple(estimator.hidden), estimator.rate) == (recipe.hidden, recipe.rate)
    for source in (recipe, build):
        assert type(ARMS["dropout"])(source).regime().rate == recipe.rate


def test_a_recipe_of_another_kind_is_not_built_as_dense_layers():
    with pytest.raises(InputError, match="recipe must be of kind 'mlp'"):
        build(DefaultNetwork("rnn").recipe((7, 3)))


def test_the_network_of_an_estimator_starts_where_that_of_a_study_does():
    network, _, _ = network_of(Structure(SQUARE, (8,), 2))
    starts = values(network.network), values(build(seed=0))
    for one, other in zip(*starts, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("n_classes", "n_outputs"), [(3, 3), (None, 1)])
def test_no_dropout_after_output(n_classes, n_outputs):
    last = build(n_classes=n_classes).layers[-1]
    assert isinstance(last, load_keras().layers.Dense)
    assert last.units == n_outputs


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_initial_weights_do_not_depend_on_rate(rate):
    plain, noised = build(Recipe((8, 8), rate=0.0)), build(Recipe((8, 8), rate=rate))
    assert dropouts(plain) == []
    for one, other in zip(values(plain), values(noised), strict=True):
        np.testing.assert_array_equal(one, other)


def test_initial_weights_depend_on_seed_and_layer():
    first, _, second, *_ = values(build(seed=3))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, values(build(seed=4))[0])


def test_building_twice_gives_same_masks():
    x = np.ones((50, 8), "float32")
    for one, other in zip(dropouts(build()), dropouts(build()), strict=True):
        np.testing.assert_array_equal(noisy(one, x), noisy(other, x))


def test_layers_and_steps_do_not_share_masks():
    x = np.ones((50, 8), "float32")
    first, second = dropouts(build())
    masks = [noisy(first, x), noisy(second, x), noisy(first, x)]
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        # Independent fair masks of 400 units agree in half of them, give or take 10.
        assert 150 < np.sum(masks[one] == masks[other]) < 250


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.75])
def test_noise_gives_zero_or_the_input_over_q(rate):
    x = np.random.default_rng(0).uniform(1, 2, (50, 8)).astype("float32")
    y = noisy(dropouts(build(Recipe((8, 8), rate=rate)))[0], x)
    kept = y != 0
    np.testing.assert_allclose(y[kept], x[kept] / (1 - rate), rtol=1e-6)
    assert abs(kept.mean() - (1 - rate)) < 5 * np.sqrt(rate * (1 - rate) / x.size)


def test_rate_1_gives_zeros():
    layer = dropouts(build(Recipe((8, 8), rate=1.0)))[0]
    assert not noisy(layer, np.ones((50, 8), "float32")).any()


def test_inference_has_no_noise():
    x = np.ones((50, 8), "float32")
    outputs = [build(Recipe((8, 8), rate=rate))(x, training=False) for rate in (0.0, 0.5)]
    np.testing.assert_array_equal(*(load_keras().ops.convert_to_numpy(o) for o in outputs))


@pytest.mark.parametrize(("kind", "n_outputs"), [("binary", 1), ("multiclass", 4)])
def test_loss_is_log_loss_of_predictions(kind, n_outputs):
    rng = np.random.default_rng(1)
    outputs = rng.normal(scale=3, size=(50, n_outputs)).astype("float32")
    classes = max(2, n_outputs)
    y = rng.integers(classes, size=50)
    probabilities = predictions(kind, outputs)
    assert probabilities.shape == (50, classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-14)
    expected = log_loss(y, probabilities, labels=range(classes))
    assert mean_loss(kind, outputs, y) == pytest.approx(expected, rel=1e-12)
    network = build(n_classes=classes)
    assert float(network.loss(y.astype("float32"), outputs)) == pytest.approx(expected, rel=1e-5)


def test_loss_of_regression_is_squared_error():
    rng = np.random.default_rng(1)
    outputs, y = rng.normal(size=(60, 1)).astype("float32"), rng.normal(size=60)
    assert predictions("regression", outputs).shape == (60,)
    expected = mean_squared_error(y, outputs[:, 0])
    assert mean_loss("regression", outputs, y) == pytest.approx(expected, rel=1e-12)


def test_loss_of_counts_is_poisson_deviance():
    rng = np.random.default_rng(1)
    outputs, y = rng.normal(size=(60, 1)).astype("float32"), rng.poisson(1.5, size=60)
    assert predictions("count", outputs).shape == (60,)
    expected = mean_poisson_deviance(y, predictions("count", outputs))
    assert mean_loss("count", outputs, y) == pytest.approx(expected, rel=1e-6)
    losses = keras_poisson_deviance(y.astype("float32"), outputs)
    assert float(np.mean(load_keras().ops.convert_to_numpy(losses))) == pytest.approx(
        expected, rel=1e-5
    )
    assert np.all(predictions("count", np.array([[-1e4], [1e4]])) > 0)
    assert mean_loss("count", np.array([[1e4]]), np.array([0])) == np.inf


def test_confident_wrong_answer_keeps_its_whole_loss():
    assert mean_loss("binary", np.array([[80.0]]), np.array([0])) == pytest.approx(80)
    assert mean_loss("multiclass", np.array([[0.0, 80.0]]), np.array([0])) == pytest.approx(80)
