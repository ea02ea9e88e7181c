"""Law: whatever the optimiser and its options, the engine's training is that of the network's `fit`."""

from __future__ import annotations

import inspect
from functools import partial

import numpy as np
import pytest
from tests.networks.engine.small_jobs import BATCH, alone, job, needs_backend, only_on_jax, rows

from bridle.backend import backend_available, load_keras
from bridle.errors import InputError

pytestmark = needs_backend
if backend_available() is None:
    from tests.networks.optimizers import NOT_CROSSED, OPTIMIZERS, OPTIONS, OWN, SCHEDULES

    from bridle.networks.engine.batches import pass_rows
    from bridle.networks.engine.train_jobs import outputs_of
    from bridle.networks.recipe import LEARNING_RATE
    from bridle.networks.regime import Regime
    from bridle.networks.sources import Structure
    from bridle.networks.template.build_template import build_template
    from bridle.networks.template.fingerprint import fingerprint
    from bridle.networks.template.keras_template import start
    from bridle.networks.template.template import State

    keras = load_keras()
else:
    NOT_CROSSED, OPTIMIZERS, OPTIONS, OWN, SCHEDULES = set(), {}, {}, {}, {}

CROSS = [(name, option) for name in OPTIMIZERS for option in OPTIONS]
CROSS = [one for one in CROSS if one not in NOT_CROSSED]
QUICK = [
    ("Adam", "gradient_accumulation_steps"),
    ("Adam", "loss_scale_factor"),
    ("Adam", "use_ema"),
    ("LossScaleOptimizer", "none"),
    ("ScheduleFreeAdamW", "none"),
]
OF_ONE = [
    (name, option) for name, held in OWN.items() for option in held if held[option] is not None
]
DATA = rows(None, 3 * BATCH, 0)


def network(optimizer):
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile(optimizer, "mse")
    return model


def run_of(model, regime=None, **fields):
    template = build_template(Structure(model, (3,), None))
    return job(regime or Regime(), None, template=template, training=DATA, **fields)


def batches(run):
    targets = run.template.targets(DATA[1])
    for epoch in range(run.epochs):
        X, y = pass_rows(run, targets, epoch)
        for first in range(0, len(y), BATCH):
            yield X[first : first + BATCH], y[first : first + BATCH]


def fitted(model, run):
    """Return the weights that the network's own `fit` leaves."""
    model.fit(iter(batches(run)), epochs=run.epochs, steps_per_epoch=3, shuffle=False, verbose=0)
    return [np.asarray(keras.ops.convert_to_numpy(one.value)) for one in model.trainable_variables]


def stepped(run):
    """Return the weights after the steps of the compiled epoch, one by one."""
    import jax

    from bridle.networks.engine.compiled import compiled
    from bridle.networks.engine.compiled import epoch as compiled_epoch

    state = start(run.template, run.regime, run.seed)
    tree = state.trainable, state.non_trainable, state.optimizer
    step = jax.jit(partial(compiled_epoch.take_step, run.template, compiled._knobs(run)))
    for batch in batches(run):
        tree, _ = step(tree, batch)
    return run.template.ended(State(*tree)).trainable


def assert_equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(one), other, rtol=2e-5, atol=2e-6)


def test_every_optimiser_schedule_and_option_of_keras_is_in_the_catalogue():
    kinds, base = keras.optimizers, keras.optimizers.Optimizer
    schedule = kinds.schedules.LearningRateSchedule

    def exported(module, kind):
        found = {name: one for name, one in vars(module).items() if inspect.isclass(one)}
        return {name: one for name, one in found.items() if issubclass(one, kind) and one != kind}

    held = exported(kinds, base)
    assert {*held} <= {*OPTIMIZERS}
    assert {*exported(kinds.schedules, schedule)} <= {*SCHEDULES}
    # A rate has schedules, and a momentum of averages acts beside use_ema alone.
    shared = {*OPTIONS, "learning_rate", "ema_momentum", "name", "self", "kwargs"}
    assert {*inspect.signature(base.__init__).parameters} <= shared
    for name, kind in held.items():
        assert {*inspect.signature(kind.__init__).parameters} <= shared | {*OWN[name]}, name


@only_on_jax
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "option"), QUICK)
def test_step_is_that_of_fit(name, option):
    model = network(OPTIMIZERS[name](**OPTIONS[option]))
    run = run_of(model, epochs=2)
    before = [np.asarray(one.value) for one in model.trainable_variables]
    found = stepped(run)
    assert not np.allclose(before[0], found[0])
    assert_equal(found, fitted(model, run))


def test_weights_that_an_optimiser_does_not_decay_are_not_decayed_in_any_copy():
    from bridle.dropout.surgery import add_dropout
    from bridle.networks.own.own_network import own_network
    from bridle.optimizers import excluded_from_decay

    optimizer = keras.optimizers.AdamW(0.1, weight_decay=1.0)
    model = network(optimizer)
    model.optimizer.exclude_from_weight_decay(var_list=model.trainable_variables[1:])
    own = own_network(model, 3, None, LEARNING_RATE, 0).network
    template = run_of(model).template
    for copied, held in (
        (own, own.optimizer),
        (cut := add_dropout(model, 0.5), cut.optimizer),
        (template.network, template.optimizer),
    ):
        assert excluded_from_decay(held, copied.trainable_variables) == [1, 2, 3]


def test_optimisers_that_a_function_chooses_are_refused():
    one = keras.optimizers.SGD(0.1)
    with pytest.raises(InputError, match=r"OptimizerMap.*Received: optimizer_map=<function"):
        run_of(network(keras.optimizers.MultiOptimizer(lambda variable: one)))


@pytest.mark.filterwarnings("ignore")
def test_learning_rate_of_a_regime_reaches_the_optimiser_within_a_wrapper_or_is_refused():
    wrapped = run_of(network(OPTIMIZERS["LossScaleOptimizer"]()), Regime(learning_rate=0.25))
    moving = start(wrapped.template, wrapped.regime, 0).optimizer
    inner = wrapped.template.optimizer.inner_optimizer
    held = zip(wrapped.template.optimizer.variables, moving, strict=True)
    assert [float(value) for one, value in held if one is inner._learning_rate] == [0.25]
    several = run_of(network(OPTIMIZERS["MultiOptimizer"]()), Regime(learning_rate=0.25))
    schedule = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9))
    wrapped = keras.optimizers.LossScaleOptimizer(schedule)
    for run in (several, run_of(network(wrapped), Regime(learning_rate=0.25))):
        with pytest.raises(InputError, match=r"learning_rate=0\.25"):
            start(run.template, run.regime, 0)


@pytest.mark.filterwarnings("ignore")
def test_fingerprint_tells_optimisers_by_their_options_and_not_by_their_names():
    def print_of(**options):
        template = run_of(network(OPTIMIZERS["LossScaleOptimizer"](**options))).template
        return fingerprint(template, 0, DATA[0][:2])

    assert print_of() == print_of()
    assert len({print_of(), print_of(clipnorm=0.1), print_of(clipnorm=0.2)}) == 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "option"), CROSS)
def test_training_is_that_of_fit(name, option):
    model = network(OPTIMIZERS[name](**OPTIONS[option]))
    run = run_of(model, epochs=2)
    (outcome,) = alone(run)
    assert_equal(outcome.state.trainable, fitted(model, run))
    # What the last epoch was judged by is what is left.
    X, y = run.validation
    loss = np.mean((outputs_of(run.template, outcome.state, X)[:, 0] - y) ** 2)
    assert outcome.curves.val_loss[-1] == pytest.approx(loss, rel=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "option"), OF_ONE)
def test_training_with_an_option_of_one_optimiser_is_that_of_fit(name, option):
    given = {"momentum": 0.5, "nesterov": True} if name == "SGD" else {}
    given = {"learning_rate": 0.05, **given, option: OWN[name][option]}
    model = network(getattr(keras.optimizers, name)(**given))
    run = run_of(model, epochs=2)
    (outcome,) = alone(run)
    assert_equal(outcome.state.trainable, fitted(model, run))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("schedule", [*SCHEDULES, "a function"])
@pytest.mark.parametrize("name", ["SGD", "AdamW"])
def test_training_at_a_schedule_is_that_of_fit(name, schedule):
    rate = SCHEDULES[schedule]() if schedule in SCHEDULES else lambda: 0.03
    model = network(getattr(keras.optimizers, name)(rate))
    run = run_of(model, epochs=2)
    (outcome,) = alone(run)
    assert_equal(outcome.state.trainable, fitted(model, run))


@only_on_jax
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "option"), CROSS)
def test_decay_of_a_regime_is_the_same_by_fit(name, option):
    from bridle.networks.engine import by_fit
    from bridle.networks.engine.between_epochs import BetweenEpochs

    model = network(OPTIMIZERS[name](**OPTIONS[option]))
    run = run_of(model, Regime(weight_decay=0.5, l1=1e-3), epochs=2)
    (fast,) = alone(run)
    slow = by_fit.train_by_fit(run, BetweenEpochs())
    assert_equal(fast.state.trainable, slow.state.trainable)
    np.testing.assert_allclose(fast.curves.val_loss, slow.curves.val_loss, rtol=1e-4)
