"""Odd arguments of linear models are refused in words, whatever they are."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from tests.odd_data import faults_of, ways_in
from tests.odd_values import ODD, fault_of

from bridle import ElasticNet, ElasticNetClassifier, ElasticNetClassifierCV, ElasticNetCV

N = 12
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
NUMBERS = X[:, 0] + RNG.normal(size=N)
LABELS = np.array(["a", "b"] * (N // 2))

ESTIMATORS = {
    ElasticNet: (NUMBERS, {}),
    ElasticNetCV: (NUMBERS, {"alphas": 3, "cv": 2}),
    ElasticNetClassifier: (LABELS, {}),
    ElasticNetClassifierCV: (LABELS, {"alphas": 3, "cv": 2}),
}

ARGUMENTS = [(kind, name) for kind in ESTIMATORS for name in inspect.signature(kind).parameters]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("kind", "name"), ARGUMENTS)
def test_odd_arguments_are_refused_in_words(kind, name):
    y, options = ESTIMATORS[kind]
    faults = {
        odd: fault_of(lambda value=value: kind(**{**options, name: value}).fit(X, y), name)
        for odd, value in ODD.items()
    }
    assert {odd: fault for odd, fault in faults.items() if fault} == {}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_odd_data_are_refused_in_words(kind):
    y, options = ESTIMATORS[kind]
    fitted = kind(**options).fit(X, y)
    ways = ways_in(kind, options, X, y, fitted)
    columns = ways["fit y"][2]
    ways["fit offset"] = (lambda odd: kind(**options).fit(X, y, offset=odd), ("offset",), columns)
    ways["predict offset"] = (lambda odd: fitted.predict(X, odd), ("offset",), columns)
    if "cv" in options:
        ways["fit groups"] = (
            lambda odd: kind(**options).fit(X, y, groups=odd),
            ("groups", "cv"),
            columns,
        )
    assert faults_of(ways) == {}
