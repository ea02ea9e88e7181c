"""Laws of the network arms: they learn, they differ in the noise alone, a fit keeps its weights."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import pytest
from bridle.workbench.arm.network import Baseline, Dropout
from sklearn.metrics import log_loss

from bridle.dropout import training
from bridle.dropout.backend import backend_available
from bridle.dropout.recipe import Recipe
from bridle.workbench.arm.base import Part, Split
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

PROTOCOL = Protocol(epochs=12, batch_size=64)
RECIPE = Recipe((16, 8), rate=0.3, learning_rate=1e-2)
ARMS = {"baseline": Baseline(RECIPE), "dropout": Dropout(RECIPE)}
CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}


def part(kind, n, seed):
    X = np.random.default_rng(seed).normal(size=(n, 4))
    score = X[:, 0] - X[:, 1]
    if kind == "regression":
        return Part(X, score / np.sqrt(2))
    return Part(X, np.digitize(score, [0.0] if kind == "binary" else [-0.6, 0.6]))


@cache
def split(kind):
    parts = [part(kind, n, seed) for seed, n in enumerate([256, 64, 64])]
    return Split(*parts, feature_names=("a", "b", "c", "d"), task=Task(kind, CLASSES[kind]))


def risk(kind, y, predicted):
    if kind == "regression":
        return np.mean((y - predicted) ** 2)
    return log_loss(y, predicted, labels=range(len(CLASSES[kind])))


def dummy(kind, train, test):
    if kind == "regression":
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
    expected = (64,) if kind == "regression" else (64, len(CLASSES[kind]))
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
    assert fit.details == {"rate": rate, "epochs": 12, "parameters": parameters}


def test_names_and_titles():
    assert (Baseline().name, Baseline().title) == ("baseline", "network 128-64")
    assert (Dropout().name, Dropout().title) == ("dropout", "network 128-64, dropout 0.5")


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


def test_arms_see_same_rows_in_same_order(monkeypatch):
    data = split("binary")
    batches = training._batches
    seen = defaultdict(list)

    def spy(*arguments):
        for X, y in batches(*arguments):
            seen[current].append((X, y))
            yield X, y

    monkeypatch.setattr(training, "_batches", spy)
    for current in ARMS:
        ARMS[current].fit(data, PROTOCOL, 4)
    assert len(seen["baseline"]) == PROTOCOL.epochs * 4
    for one, other in zip(seen["baseline"], seen["dropout"], strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
