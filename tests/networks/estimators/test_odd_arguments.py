"""Odd arguments of estimators around a network are refused in words, before a training begins."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from tests.odd_data import faults_of, ways_in
from tests.odd_values import ODD, fault_of

from bridle import DropoutClassifier, DropoutRegressor
from bridle.errors import InputError
from bridle.networks.curves import Curves
from bridle.networks.engine.job import Outcome
from bridle.networks.estimators import fitting

N = 12
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
TARGETS = {
    DropoutClassifier: np.array(["a", "b"] * (N // 2)),
    DropoutRegressor: X[:, 0] + RNG.normal(size=N),
}

UNTRAINED = Outcome(Curves((), (), (), ()), None, None, 0, 0.0, 1)

ARGUMENTS = [(kind, name) for kind in TARGETS for name in inspect.signature(kind).parameters]


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(fitting, "train", lambda *given, **options: UNTRAINED)


@pytest.mark.parametrize(("kind", "name"), ARGUMENTS)
def test_odd_arguments_are_refused_in_words(kind, name, no_training):
    options = {"hidden": (2,), "epochs": 1}
    faults = {
        odd: fault_of(
            lambda value=value: kind(**{**options, name: value}).fit(X, TARGETS[kind]), name
        )
        for odd, value in ODD.items()
    }
    assert {odd: fault for odd, fault in faults.items() if fault} == {}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", TARGETS)
def test_odd_data_are_refused_in_words(kind, monkeypatch):
    options = {"hidden": (2,), "epochs": 1}
    fitted = kind(**options).fit(X, TARGETS[kind])
    monkeypatch.setattr(fitting, "train", lambda *given, **options: UNTRAINED)
    assert faults_of(ways_in(kind, options, X, TARGETS[kind], fitted)) == {}


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_numbers_beyond_float32_are_fitted_as_targets_and_refused_as_features(size):
    """Targets of 1e200 were predicted as NaN, and features of 1e-200 read as zeros."""
    target = TARGETS[DropoutRegressor]
    options = {"hidden": (2,), "epochs": 1, "random_state": 0}
    whole, scaled = (DropoutRegressor(**options).fit(X, target * one) for one in (1.0, size))
    np.testing.assert_allclose(scaled.predict(X) / size, whole.predict(X), rtol=1e-5)
    with pytest.raises(InputError, match="float32"):
        DropoutRegressor(**options).fit(X * size, target)
