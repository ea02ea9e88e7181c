"""Laws of intervals: the formula by counting, what they cover, and when there are none."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bridle
from bridle.errors import InputError
from bridle.workbench.model.intervals.residual_interval import Residuals, residuals_of
from bridle.workbench.record import Record

from .models import features, model


def counted(errors, level, n_rows):
    """Return the smallest error that so many of them do not exceed, by counting."""
    errors = np.sort(errors)
    needed = level * (1 + 1 / min(len(errors), n_rows)) * len(errors)
    return errors[math.ceil(needed - 1e-9) - 1]


def runs(*errors):
    return [
        Record("a", seed, 80, 10, len(one), 1.0, 1.0, 0.5, 0.1, residuals=sorted(one))
        for seed, one in enumerate(errors)
    ]


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_half_width_is_that_of_counting(level):
    rng = np.random.default_rng(0)
    errors = [list(np.abs(rng.normal(size=40))) for _ in range(3)]
    found = residuals_of(runs(*errors), 120)
    assert found.half_width(level) == counted(np.concatenate(errors), level, 120)


def test_each_error_counts_alike_whatever_the_size_of_its_test_part():
    found = residuals_of(runs([1.0] * 30, [2.0] * 10), 1000)
    assert found.half_width(0.7) == 1.0
    assert found.half_width(0.8) == 2.0


def test_one_row_counts_once_however_often_it_was_tested():
    few = Residuals(np.arange(1.0, 101.0), np.ones(100), 10)
    assert few.half_width(0.5) == counted(np.arange(1.0, 101.0), 0.5, 10) == 55
    with pytest.raises(
        InputError, match=r"level must be at most 0\.9091, since the study tested 10"
    ):
        few.half_width(0.95)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, float("nan"), "0.9", True])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(InputError, match="level must be strictly between 0 and 1"):
        Residuals(np.ones(99), np.ones(99), 99).half_width(level)


def test_runs_without_errors_give_none():
    assert residuals_of([], 10) is None
    assert residuals_of([Record("a", 0, 8, 1, 1, None, None, None, 0.1, failure="x")], 10) is None


def test_an_interval_without_models_of_the_splits_lies_around_the_prediction():
    fitted = model("dummy", "regression")
    low, high = fitted.predict_interval(features(), level=0.9).T
    np.testing.assert_allclose((low + high) / 2, fitted.predict(features()))
    np.testing.assert_allclose(high - low, 2 * fitted.parts.residuals.half_width(0.9))


@pytest.mark.slow
@pytest.mark.parametrize("arm", ["linear", "elastic_net"])
def test_intervals_cover_new_rows_at_their_level(arm):
    """Over 60 tables of 120 rows: the share of new rows within is the level, and not much more."""
    shares = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X, new = rng.normal(size=(120, 10)), rng.normal(size=(2000, 10))
        weights = rng.normal(size=10)
        noise = rng.standard_t(5, size=2120)
        y, truth = X @ weights + noise[:120], new @ weights + noise[120:]
        one = bridle.compare(X, y, arms=[arm], seeds=10).model()
        low, high = one.predict_interval(new, level=0.9).T
        shares.append(((low <= truth) & (truth <= high)).mean())
    mean, error = np.mean(shares), np.std(shares) / np.sqrt(len(shares))
    assert 0.9 - 4 * error <= mean <= 0.94
