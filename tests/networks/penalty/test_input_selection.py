"""The inputs that a network needs: those that the target depends on, and hardly another."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from bridle import streams
from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.penalty import InputPath, kept_inputs, select_inputs
from bridle.networks.penalty.input_selection import _warn_of_edge

keras = load_keras()
layers = keras.layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def input_path(losses, errors):
    n = len(losses)
    weights = tuple([] for _ in range(n))
    kept = (np.arange(1),) * n
    return InputPath(np.arange(1.0, n + 1), np.array(losses), np.array(errors), kept, weights)


# Losses, errors, and which is chosen where 2 is best.
CHOICES = {
    "none is near": ([3.0, 2.0, 1.0, 2.0], [5.0, 5.0, 0.5, 5.0], 2),
    "a stronger one is near": ([1.1, 2.0, 1.0, 2.0, 1.4], [0, 0, 0.5, 0, 0], 4),
    "a weaker one is near": ([1.1, 1.2, 1.0], [0, 0, 0.5], 2),
    "the worst within the error counts": ([3.0, 3.0, 1.0, 1.5], [0, 0, 0.5, 0], 3),
}


@pytest.mark.parametrize("case", CHOICES)
def test_choice_is_the_strongest_within_one_error_of_the_best(case):
    losses, errors, expected = CHOICES[case]
    path = input_path(losses, errors)
    assert path.best == 2
    assert path.chosen == expected


def network(p, units, loss="mse", outputs=1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((p,)), layers.Dense(units, "relu"), layers.Dense(outputs)]
    )
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model


def planted(n, p=500, seed=0):
    """Return rows of which features 0-9 act each, 10-19 in products of two, and the others not."""
    X = streams.generator(seed, "planted").standard_normal((n, p)).astype("float32")
    score = X[:, :10].sum(1) + 2 * (X[:, 10:20:2] * X[:, 11:20:2]).sum(1)
    return X, (score > 0).astype(int)


def split(X, y):
    n = len(X) * 3 // 4
    return X[:n], y[:n], (X[n:], y[n:])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_informative_inputs_of_a_planted_set_are_kept_also_those_of_products(seed):
    X, y, validation = split(*planted(3000, seed=seed))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = network(500, 64, loss, outputs=2)
    model.optimizer.learning_rate = 3e-3
    selection = select_inputs(model, model.layers[0], X, y, validation_data=validation)
    assert {*range(20)} <= {*selection.kept.tolist()}
    assert len(selection.kept) <= 30
    assert selection.adaptive.losses.min() < 0.6 * selection.plain.losses.min()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The validation loss is smallest:bridle.errors.BridleWarning")
def test_network_is_left_at_the_choice_and_goes_on_there():
    X = streams.generator(0, "planted").standard_normal((400, 12)).astype("float32")
    y = np.tanh(X[:, 0]) + X[:, 1] * X[:, 2]
    X, y, validation = split(X, y)
    model = network(12, 16)
    options = {"strengths": [0.003, 0.01, 0.03, 0.1], "epochs": 20, "batch_size": 50}
    first = model.layers[0]
    selection = select_inputs(model, first, X, y, validation_data=validation, **options)
    assert selection.kept.tolist() == [0, 1, 2]
    assert kept_inputs(first).tolist() == [0, 1, 2]
    path = selection.adaptive
    loss = model.evaluate(*validation, verbose=0)
    assert loss == pytest.approx(path.losses[path.chosen], rel=1e-4)
    # What is out on the way in stays out.
    dropped = {*range(12)} - {*selection.plain.kept[selection.plain.best].tolist()}
    assert not any(dropped & {*one.tolist()} for one in path.kept)
    model.fit(X, y, epochs=5, verbose=0)
    assert kept_inputs(first).tolist() == [0, 1, 2]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The validation loss is smallest:bridle.errors.BridleWarning")
def test_nothing_is_kept_of_noise_alone():
    X = streams.generator(1, "noise").standard_normal((400, 20)).astype("float32")
    y = streams.generator(1, "target").standard_normal(400)
    X, y, validation = split(X, y)
    model = network(20, 8)
    options = {"strengths": [0.03, 0.1, 0.3], "epochs": 10}
    selection = select_inputs(model, model.layers[0], X, y, validation_data=validation, **options)
    assert len(selection.kept) == 0


@pytest.mark.parametrize(
    ("losses", "side"), [([1.0, 2.0], "weakest"), ([2.0, 1.0], "strongest"), ([3.0, 1.0, 2.0], "")]
)
def test_best_at_an_end_of_the_path_is_told(losses, side):
    path = input_path(losses, [0.1] * len(losses))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        _warn_of_edge(path, len(losses))
    assert [side in str(one.message) for one in told] == [True] * bool(side)


def selected(loss="mse", **options):
    X, y, validation = split(*planted(8, 4 + 20))
    model = network(24, 2, loss)
    options = {"validation_data": validation, "epochs": 1, **options}
    select_inputs(model, model.layers[0], X, y, **options)


def mean_loss(y, f):
    return keras.ops.mean(keras.ops.square(keras.ops.cast(y, "float32") - f))


WRONG = {
    "strengths that fall": {"strengths": [0.1, 0.01]},
    "a strength of zero": {"strengths": [0.0, 0.1]},
    "no strengths": {"strengths": []},
    "shares that fall": {"adaptive_strengths": [2.0, 1.0]},
    "no penalty on later layers": {"l2": 0.0},
    "no epochs": {"epochs": 0},
    "half a row": {"batch_size": 0.5},
    "a loss without rows": {"loss": mean_loss},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_selected_by_is_refused(wrong):
    with pytest.raises(InputError, match="Received: "):
        selected(**WRONG[wrong])
