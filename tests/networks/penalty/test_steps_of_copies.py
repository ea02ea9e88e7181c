"""Law: what is made from a network with proximal steps makes them too, or says that it does not."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from tests.networks.engine.small_jobs import alone, job, needs_backend, rows

from bridle import ElasticNetPenalty, add_dropout
from bridle.backend import backend_available, load_keras
from bridle.errors import InputError

pytestmark = [
    needs_backend,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
if backend_available() is None:
    from bridle.networks.penalty import add_proximal_step
    from bridle.networks.regime import Regime
    from bridle.networks.sources import Structure
    from bridle.networks.template.build_template import build_template

    keras = load_keras()

DATA = rows(None, 48, 0)
FACTORS = np.array([1.0, np.inf, 0.5])


def network(optimizer):
    keras.utils.set_random_seed(0)
    limit = keras.constraints.MaxNorm(0.5)
    first = keras.layers.Dense(6, "tanh", kernel_constraint=limit)
    model = keras.Sequential([keras.Input((3,)), first, keras.layers.Dense(1)])
    model.compile(optimizer() if callable(optimizer) else optimizer, "mse")
    penalty = ElasticNetPenalty(0.2, 0.1, factors=FACTORS)
    add_proximal_step(model, penalty, [first], by="input")
    add_proximal_step(model, ElasticNetPenalty(0.3, 0.0), [model.layers[1]])
    return model


def train(model, epochs=6):
    model.fit(*DATA, epochs=epochs, batch_size=16, shuffle=False, verbose=0)
    return [keras.ops.convert_to_numpy(one.value) for one in model.trainable_variables]


def by_file(model, folder):
    model.save(folder / "m.keras")
    return keras.models.load_model(folder / "m.keras")


OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1, momentum=0.5),
    "a name": "adam",
    "in a wrapper": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.AdamW(0.02, gradient_accumulation_steps=2)
    ),
}
WAYS = {
    "file": by_file,
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
    "file of a copy": lambda model, folder: by_file(by_file(model, folder), folder),
}


QUICK = {("file", "a name"), ("pickle", "in a wrapper")}


@pytest.mark.parametrize(
    ("way", "name"),
    [
        (way, name) if (way, name) in QUICK else pytest.param(way, name, marks=pytest.mark.slow)
        for way in WAYS
        for name in OPTIMIZERS
    ],
)
def test_training_goes_on_with_the_steps(way, name, tmp_path):
    model = network(OPTIMIZERS[name])
    train(model, 2)
    copied = WAYS[way](model, tmp_path)
    expected = train(model)
    for one, other in zip(train(copied), expected, strict=True):
        assert np.array_equal(one, other)
    assert np.count_nonzero(expected[0][1]) == 0
    assert np.linalg.norm(expected[0], axis=0).max() <= 0.5 + 1e-6


def test_a_network_that_is_cut_has_the_steps_of_the_first_one():
    model = network(OPTIMIZERS["sgd"])
    cut = add_dropout(model, 0.0)
    for one, other in zip(train(cut), train(model), strict=True):
        assert np.array_equal(one, other)


def test_training_of_a_study_makes_the_steps():
    model = network(OPTIMIZERS["sgd"])
    template = build_template(Structure(model, (3,), None))
    validation = rows(None, 10, 1)
    run = job(Regime(), None, template=template, training=DATA, validation=validation, epochs=20)
    (outcome,) = alone(run)
    first, _, last, _ = outcome.state.trainable
    assert np.count_nonzero(first[1]) == 0
    assert 0 < np.count_nonzero(last) < last.size


def test_a_step_that_is_added_again_is_the_one_in_the_file(tmp_path):
    copied = by_file(network(OPTIMIZERS["sgd"]), tmp_path)
    add_proximal_step(copied, ElasticNetPenalty(100.0, 0.0))
    again = by_file(copied, tmp_path)
    for model in (copied, again):
        kernels = train(model, 1)[::2]
        assert [np.count_nonzero(kernel) for kernel in kernels] == [0, 0]


def test_a_copy_that_is_compiled_again_is_refused_until_the_steps_are_added(tmp_path):
    first = network(OPTIMIZERS["sgd"])
    refused, added = (by_file(first, tmp_path) for _ in range(2))
    for copied in (refused, added):
        copied.compile(keras.optimizers.SGD(0.1), "mse")
    with pytest.raises(InputError, match=r"another optimiser\. After another compile, add"):
        train(refused, 1)
    add_proximal_step(added, ElasticNetPenalty(100.0, 0.0))
    assert np.count_nonzero(train(added, 1)[0]) == 0


def test_steps_of_other_weights_are_refused():
    model = network(OPTIMIZERS["sgd"])
    config = model.optimizer.get_config()
    with pytest.raises(InputError, match=r"with 4 trainable weights.*one with 2\. Compile"):
        type(model.optimizer).from_config(config).build(model.trainable_variables[:2])
