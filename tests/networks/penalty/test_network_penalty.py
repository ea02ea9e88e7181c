"""The elastic net on networks: fixed points are those of the engine, and zeros are zeros."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import ElasticNetPenalty, elastic_net_path, streams
from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from bridle.backend import load_keras
from bridle.errors import InputError, UnknownNameError
from bridle.networks.penalty import ElasticNetRegularizer, add_proximal_step, kept_inputs
from bridle.networks.penalty.nearest import by_input

keras = load_keras()
layers = keras.layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PENALTY = ElasticNetPenalty(0.2, 0.1)


def rows(n=60, p=8, seed=0):
    generator = streams.generator(seed, "rows")
    X = generator.standard_normal((n, p))
    X -= X.mean(0)
    y = X[:, :3] @ [1.0, -2.0, 0.5] + 0.3 * generator.standard_normal(n)
    return X, y - y.mean()


def half_squared(y, f):
    return 0.5 * keras.ops.mean(keras.ops.square(y - f))


def linear(optimizer, p=8):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((p,)), layers.Dense(1, use_bias=False)])
    model.compile(optimizer, half_squared)
    return model


def steps(model, X, y, n):
    """Make n steps on all rows."""
    X, y = X.astype("float32"), y.astype("float32").reshape(len(X), -1)
    model.fit(np.tile(X, (n, 1)), np.tile(y, (n, 1)), batch_size=len(X), shuffle=False, verbose=0)


def kernel(model):
    return keras.ops.convert_to_numpy(model.layers[0].kernel)


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    "adam": lambda: keras.optimizers.Adam(5e-3),
    "amsgrad": lambda: keras.optimizers.Adam(5e-3, amsgrad=True),
    "accumulation": lambda: keras.optimizers.Adam(1e-2, gradient_accumulation_steps=2),
    "accumulation of sgd": lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=3),
    "loss scale": lambda: keras.optimizers.Adam(5e-3, loss_scale_factor=1024.0),
    "dynamic loss scale": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(5e-3), initial_scale=2.0**127
    ),
    "schedule": lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 2000)),
}


QUICK = ("sgd", "momentum", "adam", "accumulation", "dynamic loss scale")


@pytest.mark.parametrize("by", ["weight", pytest.param("input", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "optimizer",
    [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in OPTIMIZERS],
)
def test_one_layer_is_the_engine(optimizer, by):
    X, y = rows()
    model = linear(OPTIMIZERS[optimizer]())
    add_proximal_step(model, PENALTY, by=by)
    steps(model, X, y, 2000)
    alpha, l1_ratio = PENALTY.to_sklearn()
    path = elastic_net_path(X, y, alphas=[alpha], l1_ratio=l1_ratio, fit_intercept=False, tol=1e-12)
    coef = np.ravel(path.coefs[0].toarray())
    assert np.allclose(np.ravel(kernel(model)), coef, atol=1e-4)
    # With one output, the weights that leave an input are one weight.
    assert kept_inputs(model.layers[0]).tolist() == np.flatnonzero(coef).tolist()
    assert 0 < np.count_nonzero(coef) < len(coef)


def test_weight_decay_acts_beside_the_penalty():
    X, y = rows()
    # Of plain steps of one length it is a ridge.
    model = linear(keras.optimizers.SGD(0.1, weight_decay=0.2))
    add_proximal_step(model, PENALTY)
    steps(model, X, y, 500)
    other = linear(keras.optimizers.SGD(0.1))
    add_proximal_step(other, ElasticNetPenalty(PENALTY.l1, PENALTY.l2 + 0.2))
    steps(other, X, y, 500)
    assert np.allclose(kernel(model), kernel(other), atol=1e-5)
    assert 0 < np.count_nonzero(kernel(model)) < 8


if backend_available() is None:
    from tests.networks.optimizers import NOT_CROSSED, OPTIONS
    from tests.networks.optimizers import OPTIMIZERS as ALL

REFUSED = {"clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_overwrite_frequency"}


KNOWN = ("SGD", "Adam", "AdamW", "LossScaleOptimizer")
NO_PENALTY = ElasticNetPenalty(0.0, 0.0)


@pytest.mark.parametrize("option", OPTIONS)
def test_optimisers_and_options_that_the_step_cannot_follow_are_refused_by_name(option):
    for name, build in ALL.items():
        if (name, option) in NOT_CROSSED:
            continue
        model = linear(build(**OPTIONS[option]))
        if name not in KNOWN:
            with pytest.raises(InputError, match=f"with {name}"):
                add_proximal_step(model, NO_PENALTY)
        elif option in REFUSED:
            with pytest.raises(InputError, match=f"without {next(iter(OPTIONS[option]))},"):
                add_proximal_step(model, NO_PENALTY)
        else:
            add_proximal_step(model, NO_PENALTY)


@pytest.mark.slow
@pytest.mark.parametrize("option", [one for one in OPTIONS if one not in REFUSED])
@pytest.mark.parametrize("name", KNOWN)
def test_step_of_no_penalty_is_the_update_of_the_optimiser(name, option):
    if (name, option) in NOT_CROSSED:
        return
    X, y = rows()
    with_step, plain = (linear(ALL[name](**OPTIONS[option])) for _ in range(2))
    add_proximal_step(with_step, NO_PENALTY)
    for model in (with_step, plain):
        steps(model, X, y, 5)
    assert np.allclose(kernel(with_step), kernel(plain), rtol=1e-5, atol=1e-6)


def test_step_stays_through_another_compile_and_follows_its_optimiser():
    X, y = rows()
    first = linear(keras.optimizers.SGD(10.0))
    add_proximal_step(first, PENALTY)
    first.compile(keras.optimizers.SGD(0.1), half_squared)
    other = linear(keras.optimizers.SGD(0.1))
    add_proximal_step(other, PENALTY)
    for model in (first, other):
        steps(model, X, y, 20)
    assert np.array_equal(kernel(first), kernel(other))
    first.compile("rmsprop", half_squared)
    with pytest.raises(InputError, match="with RMSprop"):
        steps(first, X, y, 1)


def test_step_by_input_minimises_in_the_metric():
    generator = streams.generator(0, "prox")
    z, t = generator.standard_normal((6, 4)), generator.uniform(0.1, 1.0, (6, 4))
    z[0] *= 0.05
    t[1], t[2, :2] = 0.0, 0.0
    tensors = (keras.ops.convert_to_tensor(one, "float32") for one in (z, t))
    found = keras.ops.convert_to_numpy(by_input(*tensors, ops=keras.ops))
    norms = np.linalg.norm(found, axis=1)
    assert norms[0] == 0
    assert np.sum((z[0] / t[0]) ** 2) <= 1
    kept = norms > 0
    assert kept[1:].any()
    residual = found - z + t * found / np.maximum(norms, 1e-30)[:, None]
    assert np.allclose(residual[kept], 0, atol=1e-5)
    assert np.array_equal(found[1], z[1].astype("float32"))


def test_inputs_go_together_and_those_that_nothing_depends_on_all_go():
    generator = streams.generator(0, "planted")
    X = generator.standard_normal((200, 30))
    y = np.tanh(X[:, :3]) @ generator.standard_normal((3, 2)) * 2
    keras.utils.set_random_seed(0)
    first, last = layers.Dense(8, "tanh"), layers.Dense(2)
    model = keras.Sequential([keras.Input((30,)), first, last])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    add_proximal_step(model, ElasticNetPenalty(0.2, 0.0), [first], by="input")
    add_proximal_step(model, ElasticNetPenalty(0.0, 0.05), [last])
    steps(model, X, y, 600)
    assert kept_inputs(first).tolist() == [0, 1, 2]


def test_factors_belong_to_inputs_and_inf_keeps_one_out():
    X, y = rows()
    factors = np.array([1.0, np.inf, 0.0, 2.0, 1.0, 1.0, 1.0, 0.5])
    penalty = ElasticNetPenalty(0.2, 0.1, factors=factors)
    model = linear(keras.optimizers.Adam(5e-3))
    add_proximal_step(model, penalty, by="input")
    steps(model, X, y, 2000)
    found = elastic_net_path(X, y, alphas=[0.3], penalty=penalty, l1_ratio=2 / 3, tol=1e-12)
    assert np.allclose(np.ravel(kernel(model)), np.ravel(found.coefs[0].toarray()), atol=1e-4)
    assert 1 not in kept_inputs(model.layers[0])


@pytest.mark.parametrize("by", ["weight", "input"])
def test_step_added_after_a_fit_acts_and_the_last_one_stands(by):
    X, y = rows()
    model = linear(keras.optimizers.SGD(0.1))
    steps(model, X, y, 1)
    add_proximal_step(model, ElasticNetPenalty(100.0, 0.0), by=by)
    steps(model, X, y, 1)
    assert np.count_nonzero(kernel(model)) == 0
    add_proximal_step(model, ElasticNetPenalty(0.0, 0.0), by=by)
    steps(model, X, y, 1)
    assert np.all(np.isfinite(kernel(model)))
    assert np.count_nonzero(kernel(model)) == 8


def test_constraint_of_the_kernel_acts_after_the_step():
    X, y = rows()
    keras.utils.set_random_seed(0)
    layer = layers.Dense(1, use_bias=False, kernel_constraint=keras.constraints.MaxNorm(0.5))
    model = keras.Sequential([keras.Input((8,)), layer])
    model.compile(keras.optimizers.SGD(0.1), half_squared)
    add_proximal_step(model, PENALTY)
    steps(model, X, y, 100)
    assert np.linalg.norm(kernel(model)) == pytest.approx(0.5, rel=1e-4)
    assert np.count_nonzero(kernel(model)) < 8


def test_regularizer_is_the_penalty_and_survives_a_file(tmp_path):
    keras.utils.set_random_seed(0)
    layer = layers.Dense(3, kernel_regularizer=ElasticNetRegularizer(PENALTY))
    model = keras.Sequential([keras.Input((5,)), layer])
    value = PENALTY.value(np.ravel(kernel(model)).astype(float))
    assert number(model.losses[0]) == pytest.approx(value, rel=1e-5)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert number(again.losses[0]) == pytest.approx(value, rel=1e-5)


WRONG = {
    "not compiled": lambda: add_proximal_step(
        keras.Sequential([keras.Input((2,)), layers.Dense(1)]), PENALTY
    ),
    "an optimiser of unknown steps": lambda: add_proximal_step(linear("rmsprop"), PENALTY),
    "an optimiser made from a known one": lambda: add_proximal_step(
        linear(type("Own", (keras.optimizers.Adam,), {})()), PENALTY
    ),
    "a layer of no kernel": lambda: add_proximal_step(linear("adam"), PENALTY, [layers.ReLU()]),
    "a number": lambda: add_proximal_step(linear("adam"), 0.1),
    "factors": lambda: ElasticNetRegularizer(ElasticNetPenalty(1.0, 0.0, factors=np.ones(2) * 2)),
    "bounds": lambda: ElasticNetRegularizer(ElasticNetPenalty(1.0, 0.0, lower=0.0)),
    "bounds of a step": lambda: add_proximal_step(
        linear("adam"), ElasticNetPenalty(1.0, 0.0, upper=1.0)
    ),
    "factors of other inputs": lambda: add_proximal_step(
        linear("adam"), ElasticNetPenalty(1.0, 0.0, factors=np.ones(7))
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_penalised_is_refused(wrong):
    with pytest.raises(InputError, match="Received: "):
        WRONG[wrong]()
    with pytest.raises(UnknownNameError, match="way to group weights"):
        add_proximal_step(linear("adam"), PENALTY, by="output")
