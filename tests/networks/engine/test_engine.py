"""Laws of the engine: the compiled epoch is the plain one, groups change nothing, rate 0 is no noise."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.networks.engine.small_jobs import (
    BATCH,
    REGIMES,
    N,
    alone,
    assert_close,
    assert_same_bits,
    job,
    needs_backend,
    only_on_jax,
    rows,
    template,
    train,
)

from bridle.backend import backend_available, load_keras
from bridle.errors import DivergedError, InputError

pytestmark = needs_backend
if backend_available() is None:
    from bridle.networks.engine import by_fit
    from bridle.networks.engine.between_epochs import BetweenEpochs
    from bridle.networks.engine.train_jobs import outputs_of, plan_groups, train_jobs
    from bridle.networks.hidden_units import REMOVED, coadaptation, measure_effect
    from bridle.networks.recipe import Recipe
    from bridle.networks.regime import Augmentation, Regime
    from bridle.networks.sources import Structure
    from bridle.networks.template.build_template import build_template
else:
    Augmentation = object


@only_on_jax
@pytest.mark.parametrize(
    ("n_classes", "regimes"),
    [
        (2, ["baseline", "all"]),
        *(pytest.param(n, list(REGIMES), marks=pytest.mark.slow) for n in (2, 3, None)),
    ],
)
def test_compiled_epochs_are_those_of_fit(n_classes, regimes):
    jobs = [job(name, n_classes, seed=1) for name in regimes]
    for fast, one in zip(alone(*jobs), jobs, strict=True):
        slow = by_fit.train_by_fit(one, BetweenEpochs())
        assert_close(fast, slow, rtol=1e-5, atol=1e-6)


@only_on_jax
def test_runs_in_a_group_are_the_runs_alone():
    jobs = [job(name, seed=seed) for seed in (0, 1) for name in REGIMES]
    together = train(jobs)
    assert {one.group for one in together} == {len(jobs)}
    for one, other in zip(together, alone(*jobs), strict=True):
        assert other.group == 1
        assert_close(one, other, rtol=1e-5, atol=1e-6)


@only_on_jax
def test_one_program_serves_every_regime_and_seed():
    jobs = [job(name, seed=seed) for seed in (0, 1) for name in REGIMES]
    alone(*jobs)
    compiled = {key for key in template().programs if key[1:] == (1,)}
    assert compiled == {((N, 10, BATCH), 1)}


@only_on_jax
def test_rate_zero_is_the_network_without_dropout_bit_for_bit():
    keras = load_keras()
    from bridle.networks.engine.compiled import compiled

    plain = template()
    layers = [one for one in plain.network.layers if "dropout" not in type(one).__name__.lower()]
    assert len(layers) == len(plain.network.layers) - 2
    bare = keras.Sequential([keras.Input((3,)), *map(copied, layers)])
    optimizer = keras.optimizers.Adam(1e-2)
    optimizer.build(bare.trainable_variables)
    without = replace(
        plain,
        network=bare,
        optimizer=optimizer,
        rates=(),
        streams=(),
        initial=lambda seed: (plain.initial(seed)[0], []),
        programs={},
    )
    one, other = (
        compiled.train_group(compiled.prepare([job(template=held)]), BetweenEpochs())[0]
        for held in (plain, without)
    )
    assert_same_bits(one, other)


def copied(layer):
    return type(layer).from_config(layer.get_config())


def test_equal_jobs_give_equal_bits_and_others_do_not():
    one, again, other, noisy = alone(job(), job(), job(seed=1), job("dropout"))
    assert_same_bits(one, again)
    assert one.curves != other.curves
    assert one.curves.train_loss != noisy.curves.train_loss


def test_penalty_is_that_of_the_kernels():
    (outcome,) = alone(job("all"))
    kernels = [one for one in outcome.state.trainable if one.ndim > 1]
    absolute = sum(np.abs(one).sum() for one in kernels)
    squares = sum(np.square(one).sum() for one in kernels)
    expected = 1e-3 * absolute + 1e-2 / 2 * squares
    assert outcome.curves.penalty[-1] == pytest.approx(expected, rel=1e-5)


def test_penalty_and_decay_shrink_the_kernels():
    plain, penalised, decayed = alone(
        job(), job(Regime(l2=1.0)), job(Regime(weight_decay=10.0, learning_rate=1e-2))
    )
    size = [
        sum(np.abs(one).sum() for one in held.state.trainable[::2])
        for held in (plain, penalised, decayed)
    ]
    assert size[1] < size[0]
    assert size[2] < size[0]


def test_early_stopping_takes_the_best_epoch_of_the_same_run():
    whole, early = alone(job(epochs=8), job(Regime(patience=1), epochs=8))
    k = early.epochs
    assert early.curves.val_loss == whole.curves.val_loss[:k]
    assert early.best_epoch == 1 + int(np.argmin(early.curves.val_loss))
    assert k == 8 or k == early.best_epoch + 1
    for a, b in zip(early.state.trainable, early.best_state.trainable, strict=True):
        np.testing.assert_array_equal(a, b)


def test_best_state_has_the_smallest_validation_loss():
    (outcome,) = alone(job(Regime(learning_rate=0.1), epochs=6))
    X, y = job().validation
    z = outputs_of(template(), outcome.best_state, X)[:, 0]
    loss = np.mean(np.logaddexp(0, z) - y * z)
    assert loss == pytest.approx(min(outcome.curves.val_loss), rel=1e-5)


@dataclass(frozen=True)
class Twice(Augmentation):
    """Doubles the features, and notes nothing."""

    def apply(self, X, y, batch_size, rng):
        assert (X.dtype, y.dtype, batch_size) == (np.float32, np.float32, BATCH)
        return 2 * X, y


def test_augmentation_changes_what_is_trained_on_and_not_what_is_judged():
    X, y = rows(2, N, 0)
    augmented, doubled = alone(job(Regime(augmentation=Twice())), job(training=(2 * X, y)))
    for a, b in zip(augmented.state.trainable, doubled.state.trainable, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    assert augmented.curves.train_eval_loss != doubled.curves.train_eval_loss


@pytest.mark.parametrize("structure", [{"batch_norm": True}, {"max_norm": 0.5}])
def test_structures_that_differ_train_too(structure):
    made = template(**structure)
    (outcome,) = alone(job(template=made))
    assert np.isfinite(outcome.curves.val_loss).all()
    if "max_norm" in structure:
        for kernel in outcome.state.trainable[::2]:
            assert np.linalg.norm(kernel, axis=0).max() <= 0.5 * (1 + 1e-5)
    else:
        with pytest.raises(InputError, match="cannot be given dropout"):
            alone(job("dropout", template=made))


def test_limit_of_norms_acts_after_the_constraint_of_the_user():
    keras = load_keras()
    own = keras.layers.Dense(4, "tanh", kernel_constraint=keras.constraints.NonNeg())
    network = keras.Sequential([keras.Input((3,)), own, keras.layers.Dense(1)])
    made = build_template(Structure(network, (3,), 2, max_norm=0.5))
    (outcome,) = alone(job(template=made))
    kernel = outcome.state.trainable[0]
    assert kernel.min() == 0
    assert np.linalg.norm(kernel, axis=0).max() <= 0.5 * (1 + 1e-5)


@pytest.mark.fault(64)
def test_divergence_names_step_and_layer_and_keeps_the_last_good_weights():
    X, y = (one.copy() for one in rows(None, N, 0))
    y[:] = 1e30  # its square overflows
    bad, good = train([job(n_classes=None, training=(X, y)), job(n_classes=None)])
    assert isinstance(bad.diverged, DivergedError)
    assert (bad.diverged.epoch, bad.diverged.step) == (1, 1)
    assert "the loss is not finite, after layer 'dense" in str(bad.diverged)
    assert all(np.isfinite(one).all() for one in bad.state.trainable)
    assert good.diverged is None
    assert good.epochs == 3


def test_diverging_step_is_found_within_an_epoch():
    fast = Regime(learning_rate=1e18)
    (outcome,) = alone(job(fast, n_classes=None))
    assert outcome.diverged is not None
    assert (outcome.diverged.epoch, outcome.epochs) == (1, 0)
    assert 1 <= outcome.diverged.step <= 3
    assert "layer '" in outcome.diverged.place
    assert all(np.isfinite(one).all() for one in outcome.state.trainable)


def test_failing_group_leaves_the_others_alone():
    jobs = [job("dropout", template=template(batch_norm=True)), job()]
    found = dict(train_jobs(jobs, [[0], [1]]))
    assert isinstance(found[0], InputError)
    assert found[1].epochs == 3


def test_file_that_a_network_misses_fails_its_run_alone():
    def initial(seed):
        raise FileNotFoundError("weights.h5")

    lacking = job(template=replace(template(), initial=initial, programs={}))
    found = dict(train_jobs([lacking, job()], [[0], [1]]))
    assert isinstance(found[0], FileNotFoundError)
    assert found[1].epochs == 3


@pytest.mark.fault(69)
def test_device_without_memory_fails_the_run_that_asked_for_it_and_no_other():
    def initial(seed):
        return [load_keras().ops.zeros((2**45,), "float32")], []

    greedy = job(template=replace(template(), initial=initial, programs={}))
    found = dict(train_jobs([greedy, job()], [[0], [1]]))
    assert isinstance(found[0], Exception)
    assert re.search(r"memory|allocat|exhausted", str(found[0]), re.IGNORECASE)
    assert found[1].epochs == 3


def test_closing_the_training_stops_it():
    jobs = [job(seed=seed, epochs=10_000 if seed else 1) for seed in range(2)]
    found = train_jobs(jobs, [[0], [1]])
    assert next(found)[0] == 0
    found.close()


@only_on_jax
def test_groups_depend_on_shapes_alone():
    small = [job(name, seed=seed) for seed in range(5) for name in REGIMES]
    other = job(batch_size=8)
    assert plan_groups([*small, other]) == [list(range(16)), list(range(16, 25)), [25]]
    wide = build_template(Structure(Recipe((512, 512), 0.5), (3,), 2))
    assert plan_groups([job(template=wide)] * 2) == [[0], [1]]


def test_own_network_starts_from_its_weights_and_takes_dropout():
    keras = load_keras()
    X, y = rows(3, N, 0, shape=(4, 4, 1))
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Conv2D(3, 2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.9),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    made = build_template(Structure(model, (4, 4, 1), 3))
    assert (made.link, made.kind, made.obstacle) == ("softmax", "multiclass", "")
    assert len(made.rates) == 1  # its own dropout is out, bridle's is in
    given = [keras.ops.convert_to_numpy(one.value) for one in model.trainable_variables]
    for seed in (0, 1):
        for a, b in zip(made.initial(seed)[0], given, strict=True):
            np.testing.assert_array_equal(a, b)
    data = {"template": made, "training": (X, y), "validation": rows(3, 10, 1, shape=(4, 4, 1))}
    plain, noisy = alone(job(**data), job("dropout", **data))
    assert plain.curves.train_loss != noisy.curves.train_loss
    assert np.isfinite([plain.curves.val_loss, noisy.curves.val_loss]).all()


def test_function_that_builds_draws_other_weights_for_every_seed():
    keras = load_keras()

    def build(n_features, n_outputs):
        layers = [keras.layers.Dense(4, "relu"), keras.layers.Dense(n_outputs)]
        return keras.Sequential([keras.Input((n_features,)), *layers])

    made = build_template(Structure(build, (3,), 2))
    one, again, other = (made.initial(seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one[0], again[0])
    assert not np.array_equal(one[0], other[0])


def test_effect_measures_the_hidden_units():
    (outcome,) = alone(job("dropout"))
    X, validation = rows(2, N, 0)[0], rows(2, 10, 1)
    effect = measure_effect(template(), outcome.state, X, validation, seed=0)
    assert 0 <= effect["coadaptation"] <= 1
    assert 0 <= effect["dead_share"] <= 1
    assert list(effect["loss_without"]) == [f"{share:g}" for share in REMOVED]
    assert effect["loss_without"]["0"] == pytest.approx(outcome.curves.val_loss[-1], rel=1e-5)
    assert effect == measure_effect(template(), outcome.state, X, validation, seed=0)
    regression = measure_effect(
        template(None), alone(job(n_classes=None))[0].state, X, rows(None, 10, 1), seed=0
    )
    assert "accuracy_without" not in regression


def test_coadaptation_is_the_mean_absolute_correlation():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2000, 1))
    assert coadaptation(np.hstack([z, -z, z])) == pytest.approx(1)
    assert coadaptation(rng.normal(size=(2000, 3))) < 0.05
    assert coadaptation(np.hstack([z, 0 * z])) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 1.5},
        {"l1": -1.0},
        {"l2": float("nan")},
        {"weight_decay": "much"},
        {"learning_rate": 0.0},
        {"patience": 0},
    ],
)
def test_wrong_regime_is_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Regime(**wrong)
