"""Warnings about data: the quick look that finds nothing never overlooks what the slow one finds."""

import warnings
from contextlib import suppress
from itertools import combinations_with_replacement

import numpy as np
import pytest

from bridle import ElasticNet
from bridle.elastic_net import data_warnings
from bridle.errors import DataWarning, InputError

N = 8
SPREAD = np.array([0.3, -1.2, 0.7, 2.0, -0.4, 0.1, 1.5, -0.9])
COLUMNS = {
    "ordinary": SPREAD[::-1],
    "repeated": SPREAD,
    "zero": np.zeros(N),
    "constant": np.full(N, 3.0),
    "far": 1e12 + np.round(SPREAD * 10),
    "rather far": 1e7 + np.round(SPREAD * 10) / 10,
    "integers": np.round(SPREAD * 10) * 2.0**55,
    "tiny": SPREAD * 1e-310,
    "small": SPREAD * 1e-200,
}


def told(X, y, **settings):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with suppress(InputError):
            ElasticNet(alpha=0.1, **settings).fit(X, y)
    return [str(found.message) for found in caught if found.category is DataWarning]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kinds", list(combinations_with_replacement(COLUMNS, 2)), ids=" and ".join)
def test_quick_look_matches_the_slow_one(kinds, fit_intercept, monkeypatch):
    X = np.column_stack([COLUMNS[kind] for kind in kinds])
    settings = {"fit_intercept": fit_intercept, "standardize": True}
    found = told(X, SPREAD**2, **settings)
    monkeypatch.setattr(data_warnings, "_is_ordinary", lambda ranges: False)
    assert found == told(X, SPREAD**2, **settings)


def test_ordinary_columns_are_seen_at_once(monkeypatch):
    monkeypatch.setattr(data_warnings, "_vanishing", None)
    rng = np.random.default_rng(0)
    assert told(rng.normal(size=(30, 4)), rng.normal(size=30)) == []
