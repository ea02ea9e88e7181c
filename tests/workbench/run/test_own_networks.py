"""Laws of the user's network in a study: what was asked is what runs, or the study refuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from tests.workbench.run.own_networks import (
    PROTOCOL,
    arm,
    quick_first,
    sequential,
    split,
    template,
)
from tests.workbench.table_arms import ARMS

from bridle.backend import backend_available
from bridle.errors import InputError

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

if backend_available() is None:
    from tests.workbench.run.own_networks import L, keras, ops

    from bridle.networks.own.plain_network import _training_pass
    from bridle.networks.template.networks import Networks


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

    with pytest.raises(InputError, match="must build the same layers in every call"):
        template(build).initial(1)


@pytest.mark.parametrize(
    ("several", "kind"),
    [(list, "list of 2"), (lambda pair: dict(zip("ab", pair, strict=True)), "dict of 2")],
)
def test_network_with_several_outputs_is_refused_in_words(several, kind):
    inputs = keras.Input((3,))
    network = keras.Model(inputs, several([L.Dense(1)(inputs), L.Dense(1)(inputs)]))
    with pytest.raises(InputError, match=f"must return one array. Received: .* {kind}. Train each"):
        template(network)


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
