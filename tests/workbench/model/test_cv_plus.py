"""Laws of CV+: ends are those of counting, models of splits are those of the study, coverage holds."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from tests.workbench.table_arms import ARMS

import bridle
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.model.fit_model import fit_model
from bridle.workbench.model.intervals import cv_plus as module
from bridle.workbench.model.intervals.cv_plus import cv_plus
from bridle.workbench.model.intervals.residual_interval import residuals_of
from bridle.workbench.model.predict_file import predict_file
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.draw_split import draw_split, part_rows
from bridle.workbench.run.experiment import run_experiment
from bridle.workbench.splits import Folds

from .models import PROTOCOL, dataset, features, model, table


def by_counting(means, errors, weights, share):
    """The slow twin: all values of all models for each row, in order."""
    ends = np.empty((len(means), 2))
    needed = share * sum(w * len(one) for w, one in zip(weights, errors, strict=True))
    for row, of_row in enumerate(means):
        for side, sign in ((0, -1.0), (1, 1.0)):
            values = np.concatenate([sign * m + one for m, one in zip(of_row, errors, strict=True)])
            counted = np.repeat(weights, [len(one) for one in errors])
            order = np.argsort(values, kind="stable")
            reached = np.cumsum(counted[order]) >= needed - 1e-9
            ends[row, side] = sign * values[order][reached.argmax()]
    return ends


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.97, 1.0])
@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("unequal", [False, True])
def test_ends_are_those_of_counting(share, spread, unequal, monkeypatch):
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 13)
    rng = np.random.default_rng(0)
    sizes = [7, 30, 1, 12] if unequal else [20] * 4
    errors = [np.sort(np.abs(rng.standard_cauchy(size))) for size in sizes]
    weights = np.array([3.0, 1.0, 5.0, 1.5]) if unequal else np.full(4, 2.0)
    runs = [
        Record("a", k, 80, 10, round(w * len(one)), 1.0, 1.0, 0.5, 0.1, residuals=list(one))
        for k, (w, one) in enumerate(zip(weights, errors, strict=True))
    ]
    pooled = residuals_of(runs, 10**9)
    reached = np.cumsum(pooled.weights) / pooled.weights.sum() >= share - 1e-12
    half = float(pooled.sizes[int(reached.argmax())])
    means = rng.normal(size=(40, 1)) + spread * rng.normal(size=(40, 4))
    found = cv_plus(means, errors, weights, half, share)
    np.testing.assert_allclose(found, by_counting(means, errors, weights, share), rtol=1e-9)


def test_with_equal_predictions_it_is_the_interval_of_one_width():
    errors = [np.arange(1.0, 11.0), np.arange(0.5, 10.5)]
    pooled = np.sort(np.concatenate(errors))
    half = float(pooled[math.ceil(0.9 * 20) - 1])
    (ends,) = cv_plus(np.array([[3.0, 3.0]]), errors, np.ones(2), half, 0.9)
    np.testing.assert_allclose(ends, [3.0 - half, 3.0 + half])


@pytest.mark.parametrize("arm", ["linear", "elastic_net"])
def test_models_of_the_splits_predict_as_the_study_did(arm):
    """On every kind of column, with gaps and rare categories: equal to preparing as each split did."""
    data = dataset("regression")
    held = model(arm, "regression").parts
    records = run_experiment(data, [ARMS[arm]], PROTOCOL)
    found = held.folds.predict(data.frame)
    for k, one in enumerate(records):
        split = draw_split(data, PROTOCOL, one.seed)
        predicted = ARMS[arm].fit(split, PROTOCOL, one.seed).predict(split.test.X)
        expected = split.target_mean + split.target_scale * predicted
        rows = part_rows(data, PROTOCOL, one.seed)[2]
        np.testing.assert_allclose(found[rows, k], expected, rtol=1e-9)
        errors = np.sort(np.abs(data.target[rows] - expected))
        np.testing.assert_allclose(held.folds.errors[k], errors, rtol=1e-6)


def test_new_categories_and_gaps_are_taken_as_each_split_takes_them():
    one = model("linear", "regression")
    rows = features().head(3).assign(city=["Lima", None, "Rome"], age=[np.nan, 40.0, 50.0])
    found = one.parts.folds.predict(one.read(rows).frame)
    assert np.isfinite(found).all()
    known = one.parts.folds.predict(one.read(features().head(3).assign(city="Rome")).frame)
    assert not np.allclose(found[0], known[0])


def test_a_saved_model_gives_the_same_intervals_in_python_and_for_a_file(tmp_path):
    one = model("elastic_net", "regression")
    one.save(tmp_path / "model")
    again = bridle.load(tmp_path / "model")
    ends = one.predict_interval(features(), level=0.8)
    np.testing.assert_array_equal(ends, again.predict_interval(features(), level=0.8))
    table().to_csv(tmp_path / "new.csv", index=False)
    blocks, _ = predict_file(again, tmp_path / "new.csv", level=0.8, size=2000)
    written = pd.concat([*blocks])
    np.testing.assert_allclose(written[["low", "high"]].to_numpy(), ends, rtol=1e-12)
    assert (written["low"] < written["prediction"]).all()


def test_a_matrix_has_intervals_too(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    data = from_arrays(X, X[:, 0] + rng.normal(size=120))
    records = run_experiment(data, [ARMS["linear"]], PROTOCOL)
    one = fit_model(data, ARMS["linear"], PROTOCOL, records)
    np.savez(tmp_path / "new.npz", X=X)
    blocks, _ = predict_file(one, tmp_path / "new.npz", level=0.8)
    np.testing.assert_allclose(
        pd.concat([*blocks])[["low", "high"]].to_numpy(), one.predict_interval(X, level=0.8)
    )


def test_models_that_a_record_does_not_hold_whole_leave_one_width():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(260, 220))
    data = from_arrays(X, X[:, 0] + rng.normal(size=260))
    kept = {}
    for arm in ("linear", "elastic_net"):
        records = run_experiment(data, [ARMS[arm]], PROTOCOL)
        kept[arm] = fit_model(data, ARMS[arm], PROTOCOL, records).parts.folds
    assert kept["linear"] is None  # 220 coefficients, of which 200 are kept
    assert len(kept["elastic_net"].errors) == 2  # the others are 0


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_other_arms_keep_no_models_of_splits(kind):
    assert model("dummy", kind).parts.folds is None


@pytest.mark.slow
def test_coverage_holds_where_a_fit_is_unstable():
    """Ten folds of 40 rows with 30 features: an interval of one width has no guarantee there."""
    level, covered = 0.9, []
    protocol = Protocol(seeds=tuple(range(10)), splits=Folds(10))
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X, new = rng.normal(size=(60, 30)), rng.normal(size=(500, 30))
        beta = rng.normal(size=30)
        data = from_arrays(X, X @ beta + rng.standard_t(3, size=60))
        records = run_experiment(data, [ARMS["linear"]], protocol)
        one = fit_model(data, ARMS["linear"], protocol, records)
        low, high = one.predict_interval(new, level=level).T
        truth = new @ beta + rng.standard_t(3, size=500)
        covered.append(((low <= truth) & (truth <= high)).mean())
    mean, error = np.mean(covered), np.std(covered) / math.sqrt(len(covered))
    assert mean >= 1 - 2 * (1 - level)
    assert 0.9 - 4 * error <= mean
