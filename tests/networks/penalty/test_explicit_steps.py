"""Law: Keras's own steps, each followed by an explicit prox, are those of a network with the step."""

from __future__ import annotations

import numpy as np
import pytest
from tests.networks.penalty.explicit_prox import by_input, by_weight

from bridle import ElasticNetPenalty, streams
from bridle.backend import backend_available, load_keras

pytestmark = [
    pytest.mark.skipif(backend_available() is not None, reason=str(backend_available())),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
if backend_available() is None:
    from bridle.networks.penalty import add_proximal_step

    keras = load_keras()
    schedules = keras.optimizers.schedules

PENALTY = ElasticNetPenalty(0.2, 0.1)
BOTH = {
    "none": dict,
    "weight_decay": lambda: {"weight_decay": 0.5},
    "gradient_accumulation_steps": lambda: {"gradient_accumulation_steps": 2},
    "loss_scale_factor": lambda: {"loss_scale_factor": 1024.0},
    "schedule": lambda: {"learning_rate": schedules.ExponentialDecay(0.02, 2, 0.5)},
    "function": lambda: {"learning_rate": lambda: 0.02},
}
ADAM = BOTH | {
    "amsgrad": lambda: {"amsgrad": True},
    "beta_1": lambda: {"beta_1": 0.5},
    "beta_2": lambda: {"beta_2": 0.5},
    "epsilon": lambda: {"epsilon": 0.1},
}
SGD = BOTH | {
    "momentum": lambda: {"momentum": 0.9},
    "nesterov": lambda: {"momentum": 0.9, "nesterov": True},
}
QUICK = {("SGD", "gradient_accumulation_steps"), ("Adam", "amsgrad"), ("AdamW", "schedule")}
CASES = [
    pytest.param(kind, name, make, marks=() if (kind, name) in QUICK else pytest.mark.slow)
    for kind, options in {"SGD": SGD, "Adam": ADAM, "AdamW": ADAM}.items()
    for name, make in options.items()
]


def rows():
    generator = streams.generator(0, "rows")
    X = generator.standard_normal((60, 8))
    y = X[:, :3] @ [1.0, -2.0, 0.5] + 0.3 * generator.standard_normal(60)
    return X.astype("float32"), np.outer(y, np.arange(1, 4)).astype("float32")


def network(kind, options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3, use_bias=False)])
    optimizer = getattr(keras.optimizers, kind)(**{"learning_rate": 0.02, **options})
    model.compile(optimizer, lambda y, f: 0.5 * keras.ops.mean(keras.ops.square(y - f)))
    return model


def array(value):
    return np.asarray(keras.ops.convert_to_numpy(value), dtype=float)


def speeds(optimizer):
    """Return the step sizes of the update that was made last, by Keras's rules."""
    made = int(array(optimizer.iterations))
    held = optimizer._learning_rate
    scheduled = isinstance(held, schedules.LearningRateSchedule)
    rate = float(array(held(made - 1) if scheduled else optimizer.learning_rate))
    if not isinstance(optimizer, keras.optimizers.Adam):
        return rate / (1 - optimizer.momentum)
    squares = optimizer._velocity_hats if optimizer.amsgrad else optimizer._velocities
    root = np.sqrt(array(squares[0])) + optimizer.epsilon
    return rate * np.sqrt(1 - optimizer.beta_2**made) / root


@pytest.mark.parametrize("by", ["weight", "input"])
@pytest.mark.parametrize(("kind", "name", "make"), CASES)
def test_a_network_with_the_step_makes_the_update_and_then_the_prox(kind, name, make, by):
    X, y = rows()
    prox = {"weight": by_weight, "input": by_input}[by]
    one, other = (network(kind, make()) for _ in range(2))
    add_proximal_step(one, PENALTY, by=by)
    kernels = one.layers[0].kernel, other.layers[0].kernel
    gathered = other.optimizer.gradient_accumulation_steps or 1
    for batch in range(1, 7):
        for model in (one, other):
            model.train_on_batch(X, y)
        if batch % gathered == 0:
            z = array(kernels[1]).T
            s = np.broadcast_to(np.transpose(speeds(other.optimizer)), z.shape)
            kernels[1].assign(prox(z, s, PENALTY.l1, PENALTY.l2).T)
        found, expected = map(array, kernels)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-6)
        assert np.array_equal(found == 0, expected == 0)
