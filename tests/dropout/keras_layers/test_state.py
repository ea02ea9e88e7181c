"""Laws of rate, schedule and stream: they act in a step that is compiled already."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.dropout.keras_layers.catalogue import (
    BACKEND,
    ON_INPUT,
    array,
    built,
    compiled,
    keras,
    noisy,
    ops,
    ours,
)

from bridle.dropout.schedule import SCHEDULES, Constant, Curriculum, Early, Late, Linear
from bridle.errors import BridleError

X = np.ones((4, 250), np.float32)

only_jax = pytest.mark.skipif(BACKEND != "jax", reason="vmap and remat are JAX's")


def training_step(layer, traces):
    """Return the training call as a compiled function of the state, and note each trace."""

    def step(state, x):
        traces.append(1)
        return layer.stateless_call([], state, x, training=True)

    return compiled(step)


def values(layer):
    # Copies, since TensorFlow tells a variable from a tensor and traces once for each.
    return [ops.copy(one.value) for one in layer.non_trainable_variables]


def test_assigned_rate_acts_without_a_retrace():
    layer, traces = ours.Dropout(0.5, seed=1), []
    step = training_step(layer, traces)
    for rate in (0.5, 0.0, 0.2, 1.0):
        layer.rate = rate
        y, _ = step(values(layer), ops.convert_to_tensor(X))
        dropped = (array(y) == 0).mean()
        assert abs(dropped - rate) <= 5 * sqrt(rate * (1 - rate) / X.size)
        assert layer.rate == layer.get_config()["rate"] == rate
    assert len(traces) == 1 or BACKEND == "torch"


SCHEDULED = (Constant(), Linear(4), Early(2), Late(2), Curriculum(4, gamma=3))


@pytest.mark.parametrize("schedule", SCHEDULED, ids=repr)
def test_schedule_acts_without_a_retrace(schedule):
    layer, traces = ours.Dropout(0.8, seed=1, schedule=schedule), []
    step, state = training_step(layer, traces), values(layer)
    for t in range(6):
        y, state = step(state, ops.convert_to_tensor(X))
        rate = 0.8 * schedule.factor(t)
        assert abs((array(y) == 0).mean() - rate) <= 5 * sqrt(rate * (1 - rate) / X.size)
        kept = array(y)[array(y) != 0]
        np.testing.assert_allclose(kept, 1 / (1 - rate), rtol=1e-5)
    assert len(traces) == 1 or BACKEND == "torch"


def test_every_schedule_is_tried():
    assert {type(one) for one in SCHEDULED} == {*SCHEDULES.values()}


def test_assigned_rate_acts_in_fit():
    seen = []

    class Seen(keras.layers.Layer):
        def call(self, x):
            self.add_loss(ops.mean(ops.cast(ops.equal(x, 0), "float32")))
            return 0 * x

    layer = ours.Dropout(0.9, seed=1)
    network = keras.Sequential([keras.Input((250,)), layer, Seen(), keras.layers.Dense(1)])
    network.compile("sgd", "mse")
    for rate in (0.9, 0.1):
        layer.rate = rate
        seen.append(network.fit(X, 0 * X[:, :1], verbose=0, epochs=1).history["loss"][0])
    np.testing.assert_allclose(seen, (0.9, 0.1), atol=0.05)


def test_rate_written_to_its_variable_is_the_rate():
    layer = ours.Dropout(0.1)
    assert layer.rate == 0.1
    layer.rate_variable.assign(0.25)
    assert layer.rate == 0.25
    assert layer.get_config()["rate"] == 0.25


def test_key_and_counter_are_the_whole_stream():
    layer, other = ours.Dropout(0.5, seed=1), ours.Dropout(0.5, seed=2)
    noisy(layer, X)
    other.seed_generator.state.assign(layer.seed_generator.state.value)
    assert np.array_equal(noisy(layer, X), noisy(other, X))


@pytest.mark.fault(60)
def test_under_a_compiled_step_masks_move_with_the_state():
    layer, traces = ours.Dropout(0.5, seed=1), []
    step = training_step(layer, traces)
    first, state = step(values(layer), ops.convert_to_tensor(X))
    second, _ = step(state, ops.convert_to_tensor(X))
    again, _ = step(values(layer), ops.convert_to_tensor(X))
    assert not np.array_equal(array(first), array(second))
    assert np.array_equal(array(first), array(again))


@pytest.mark.fault(60)
@only_jax
@pytest.mark.parametrize("case", ON_INPUT.values(), ids=ON_INPUT)
def test_compiled_call_that_would_repeat_its_mask_is_refused(case):
    import jax

    x = case.batch()
    layer = built(case.make(0.5), x)
    before = values(layer)
    for transform in (jax.jit, jax.checkpoint):
        with pytest.raises(
            BridleError, match=r"every call would use the same mask.*stateless_call"
        ):
            transform(lambda x: layer(x, training=True))(x)
    assert all(map(np.array_equal, values(layer), before))


@only_jax
def test_rates_can_be_vmapped():
    import jax

    layer = ours.Dropout(0.5, seed=1)
    names = [one is layer.rate_variable for one in layer.non_trainable_variables]
    rates = np.array([0.0, 0.25, 0.5, 1.0], np.float32)

    def call(rate, x):
        state = [
            rate if is_rate else one for is_rate, one in zip(names, values(layer), strict=True)
        ]
        return layer.stateless_call([], state, x, training=True)[0]

    together = array(jax.jit(jax.vmap(call, in_axes=(0, None)))(rates, X))
    for rate, y in zip(rates, together, strict=True):
        layer.rate = float(rate)
        np.testing.assert_allclose(y, array(call(layer.rate_variable.value, X)), rtol=1e-6)
        assert abs((y == 0).mean() - rate) < 0.1


@pytest.mark.fault(63)
@only_jax
def test_backward_mask_is_the_forward_mask_under_remat_and_vmap():
    import jax

    layer = ours.Dropout(0.3, seed=1)

    def call(x):
        return layer.stateless_call([], values(layer), x, training=True)[0]

    forward = array(call(X))
    for one in (call, jax.checkpoint(call), jax.jit(jax.checkpoint(call))):
        slope = array(jax.grad(lambda x, one=one: one(x).sum())(X))
        assert slope.tobytes() == forward.tobytes()
    rows = array(jax.vmap(call)(X[None]))
    assert rows[0].tobytes() == forward.tobytes()
