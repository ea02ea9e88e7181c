"""Laws of the network arms: they learn, they differ in the noise alone, a fit keeps its weights."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_poisson_deviance

from bridle.backend import backend_available, load_keras
from bridle.networks.engine import train_jobs
from bridle.networks.recipe import Recipe
from bridle.networks.template.networks import Networks
from bridle.workbench.arm.base import Part, Split
from bridle.workbench.arm.catalogue import ARMS as CATALOGUE
from bridle.workbench.arm.network_arm import NetworkArm, NetworkRun
from bridle.workbench.arm.network_arms.baseline import Baseline
from bridle.workbench.arm.network_arms.dropout import Dropout
from bridle.workbench.arm.network_arms.input_noise import GaussianNoise
from bridle.workbench.arm.network_arms.mixup import PairsOfRows
from bridle.workbench.arm.network_arms.shift_flip import ShiftAndFlip
from bridle.workbench.arm.tuning import CANDIDATES, Tuned, _candidates, _raised, tune
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

PROTOCOL = Protocol(epochs=12, batch_size=64)
RECIPE = Recipe((16, 8), rate=0.3, learning_rate=1e-2)
ARMS = {"baseline": Baseline(RECIPE), "dropout": Dropout(RECIPE)}
CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": (), "count": ()}


def part(kind, n, seed):
    X = np.random.default_rng(seed).normal(size=(n, 4))
    score = X[:, 0] - X[:, 1]
    if kind == "regression":
        return Part(X, score / np.sqrt(2))
    if kind == "count":
        return Part(X, np.random.default_rng(seed).poisson(5 * np.exp(score / 2)) / 6)
    return Part(X, np.digitize(score, [0.0] if kind == "binary" else [-0.6, 0.6]))


@cache
def split(kind):
    parts = [part(kind, n, seed) for seed, n in enumerate([256, 64, 64])]
    return Split(*parts, feature_names=("a", "b", "c", "d"), task=Task(kind, CLASSES[kind]))


def risk(kind, y, predicted):
    if kind == "regression":
        return np.mean((y - predicted) ** 2)
    if kind == "count":
        return mean_poisson_deviance(y, predicted)
    return log_loss(y, predicted, labels=range(len(CLASSES[kind])))


def dummy(kind, train, test):
    if not CLASSES[kind]:
        return np.full(len(test.y), train.y.mean())
    return np.tile(np.bincount(train.y) / len(train.y), (len(test.y), 1))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("baseline", "binary"),
        ("dropout", "binary"),
        ("dropout", "multiclass"),
        ("baseline", "regression"),
    ],
)
def test_arm_beats_dummy_and_reports_its_own_losses(name, kind):
    data = split(kind)
    fit = ARMS[name].fit(data, PROTOCOL, 0)
    predicted = fit.predict(data.test.X)
    expected = (64, len(CLASSES[kind])) if CLASSES[kind] else (64,)
    assert predicted.shape == expected
    assert predicted.dtype == np.float64
    dummy_risk = risk(kind, data.test.y, dummy(kind, data.train, data.test))
    assert risk(kind, data.test.y, predicted) < 0.7 * dummy_risk
    for curve, rows in [
        (fit.curves.train_eval_loss, data.train),
        (fit.curves.val_loss, data.validation),
    ]:
        assert len(curve) == PROTOCOL.epochs
        assert curve[-1] == pytest.approx(risk(kind, rows.y, fit.predict(rows.X)), rel=1e-5)
    outputs = 3 if kind == "multiclass" else 1
    parameters = (4 + 1) * 16 + (16 + 1) * 8 + (8 + 1) * outputs
    rate = {"baseline": 0.0, "dropout": 0.3}[name]
    assert (fit.details["rate"], fit.details["epochs"]) == (rate, 12)
    assert (fit.details["parameters"], fit.details["batch_size"]) == (parameters, 64)
    assert fit.details["group"] == 1
    assert fit.best_epoch == 1 + int(np.argmin(fit.curves.val_loss))
    at_best = risk(kind, data.validation.y, fit.predict_best(data.validation.X))
    assert at_best == pytest.approx(min(fit.curves.val_loss), rel=1e-5)
    assert 0 < fit.effect["coadaptation"] < 1


def test_names_and_titles():
    recipe = Recipe((128, 64), rate=0.5)
    assert (Baseline(recipe).name, Baseline(recipe).title) == ("baseline", "network 128-64")
    assert (Dropout(recipe).name, Dropout(recipe).title) == (
        "dropout",
        "network 128-64, dropout 0.5",
    )
    assert Baseline().title == "network"  # its sizes follow from the rows


@pytest.mark.parametrize("name", ARMS)
def test_fit_keeps_its_weights_while_later_seeds_train(name):
    data = split("binary")
    first = ARMS[name].fit(data, PROTOCOL, 1)
    before = first.predict(data.test.X)
    second = ARMS[name].fit(data, PROTOCOL, 2)
    other = second.predict(data.test.X)
    np.testing.assert_array_equal(first.predict(data.test.X), before)
    np.testing.assert_array_equal(second.predict(data.test.X), other)
    assert not np.array_equal(before, other)


@pytest.mark.parametrize("name", ARMS)
def test_same_seed_repeats_bit_for_bit(name):
    data = split("binary")
    one = ARMS[name].fit(data, PROTOCOL, 3)
    predicted = one.predict(data.test.X)
    again = ARMS[name].fit(data, PROTOCOL, 3)
    assert again.curves == one.curves
    np.testing.assert_array_equal(again.predict(data.test.X), predicted)


def test_arms_start_from_the_same_weights_and_see_the_same_rows():
    data = split("binary")
    networks = Networks()
    one, other = (arm.job(data, PROTOCOL, 4, networks) for arm in ARMS.values())
    assert one.template is other.template
    assert one.seed == other.seed
    np.testing.assert_array_equal(one.training[0], other.training[0])


@pytest.mark.parametrize("name", [one for one, arm in CATALOGUE.items() if arm.needs_network])
def test_every_network_arm_says_what_it_adds(name):
    arm = type(CATALOGUE[name])(RECIPE)
    assert isinstance(arm, NetworkArm)
    assert arm.title.startswith("network 16-8")
    assert (arm.title == "network 16-8") == (name == "baseline")
    changes = arm.regime() != Baseline().regime() or arm.batch_norm or arm.max_norm
    assert bool(changes) == (name != "baseline")
    allowed = {"rate", "l1", "l2", "weight_decay", "augmentation"}
    assert {one for one, _ in arm.choices} <= allowed


# --- Augmentation


def data_for(augmentation, seed=0):
    rng = np.random.default_rng(7)
    X = rng.normal(size=(10, 6, 5, 2)).astype("float32")
    y = rng.random(10).astype("float32")
    return X, y, augmentation.apply(X, y, 4, np.random.default_rng(seed))


@pytest.mark.fault(68)
@pytest.mark.parametrize("one", [GaussianNoise(0.2), PairsOfRows(0.2), ShiftAndFlip(1)])
def test_augmentation_keeps_shapes_and_belongs_to_its_stream(one):
    X, y, (changed, targets) = data_for(one)
    assert (changed.shape, targets.shape) == (X.shape, y.shape)
    assert not np.array_equal(changed, X)
    np.testing.assert_array_equal(changed, data_for(one)[2][0])
    assert not np.array_equal(changed, data_for(one, seed=1)[2][0])


def test_noise_has_its_deviation():
    X, y, (changed, targets) = data_for(GaussianNoise(0.2))
    assert np.std(changed - X) == pytest.approx(0.2, rel=0.1)
    np.testing.assert_array_equal(targets, y)


def test_mixed_rows_lie_between_rows_of_their_batch_with_targets_alike():
    X, y, (changed, targets) = data_for(PairsOfRows(1.0))
    for first in (0, 4, 8):
        batch = slice(first, first + 4)
        sums = X[batch].sum(axis=0), changed[batch].sum(axis=0)
        np.testing.assert_allclose(*sums, rtol=1e-4, atol=1e-4)
        assert targets[batch].sum() == pytest.approx(y[batch].sum(), rel=1e-4)


def test_shifted_and_flipped_images_hold_pixels_of_their_own():
    X, y, (changed, _) = data_for(ShiftAndFlip(1))
    for image, other in zip(X, changed, strict=True):
        held = {0.0, *image.ravel().tolist()}
        assert set(other.ravel().tolist()) <= held
    none = ShiftAndFlip(0).apply(X, y, 4, np.random.default_rng(0))[0]
    for image, other in zip(X, none, strict=True):
        assert np.array_equal(image, other) or np.array_equal(image[:, ::-1], other)


# --- Tuning


def test_tuning_tries_the_same_speeds_for_every_arm_and_its_own_settings_first():
    arms = [type(CATALOGUE[one])(RECIPE, tuned=True) for one in ("baseline", "dropout", "mixup")]
    tried = [_candidates(NetworkRun(arm, split("binary"), 3), PROTOCOL, Networks()) for arm in arms]
    for settings in tried:
        assert len(settings) == CANDIDATES
        assert settings[0] == {}
        for one, other in zip(settings[1:], tried[0][1:], strict=True):
            assert one["learning_rate"] == other["learning_rate"]
            assert one["batch_size"] == other["batch_size"]
    assert all(one["rate"] in (0.1, 0.2, 0.3) for one in tried[1][1:])


def test_tuning_leaves_the_schedule_of_a_network_alone():
    keras = load_keras()

    def build(n_features, n_outputs):
        network = keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(n_outputs)])
        network.compile(
            keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 9)), "mse"
        )
        return network

    run = NetworkRun(Baseline(build, tuned=True), split("regression"), 3)
    assert {tuple(one) for one in _candidates(run, PROTOCOL, Networks())} == {(), ("batch_size",)}


def test_rate_goes_up_where_a_network_overfits():
    assert _raised({"rate": 0.3}, (1.2, 1.0)) == {"rate": 0.5}
    assert _raised({"rate": 0.3}, (1.0, 1.0)) == {"rate": 0.3}
    assert _raised({"rate": 0.7}, (2.0, 1.0)) == {"rate": 0.7}
    assert _raised({}, (2.0, 1.0)) == {}
    # The loss of survival times may be below 0.
    assert _raised({"rate": 0.3}, (-0.3, -0.31)) == {"rate": 0.3}
    assert _raised({"rate": 0.3}, (-0.3, -0.5)) == {"rate": 0.5}


@pytest.mark.slow
def test_every_tuned_arm_has_the_same_budget_and_never_sees_the_test_rows(monkeypatch):
    data = split("binary")
    blind = Split(
        data.train,
        data.validation,
        Part(np.full_like(data.test.X, np.nan), data.test.y),
        data.feature_names,
        data.task,
    )
    spent = defaultdict(int)
    real = train_jobs.train_jobs

    def counted(jobs, groups, between):
        for position, outcome in real(jobs, groups, between):
            spent[jobs[position].regime.rate > 0] += outcome.epochs
            yield position, outcome

    monkeypatch.setattr("bridle.workbench.arm.tuning.train_jobs", counted)
    arms = [Baseline(RECIPE, tuned=True), Dropout(RECIPE, tuned=True), Baseline(RECIPE)]
    chosen = tune([NetworkRun(arm, blind, 0) for arm in arms], PROTOCOL, Networks())
    assert chosen[2] == Tuned()
    assert len(chosen[1].tried) == 9 + 3
    assert {one["rate"] for one in chosen[0].tried} == {0.0}
    assert chosen[1].settings.get("rate", 0.5) in {one["rate"] for one in chosen[1].tried[9:]}
    assert chosen == tune([NetworkRun(arm, data, 0) for arm in arms], PROTOCOL, Networks())
    assert spent[False] == spent[True] == 2 * (9 * 1 + 3 * 4)
    for arm, one in zip(arms, chosen, strict=True):
        assert np.isfinite(arm.job(data, PROTOCOL, 0, Networks(), one.settings).batch_size)
