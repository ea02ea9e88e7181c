"""Laws of the further measures of a run: scikit-learn's, and sums that add up to the rows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, roc_auc_score, root_mean_squared_error

from bridle.workbench.run.measures import measures
from bridle.workbench.task import Task

RNG = np.random.default_rng(5)
N = 200


def split_of(task, scale=1.0):
    return SimpleNamespace(task=task, target_scale=scale)


def classes_and_probabilities(n_classes, dtype=np.float64):
    y = RNG.integers(0, n_classes, N)
    raw = RNG.gamma(1.0, size=(N, n_classes)) + 0.5 * np.eye(n_classes)[y]
    return y, (raw / raw.sum(axis=1, keepdims=True)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_classes_have_scikit_learns_auc_and_sums_over_all_rows(n_classes, dtype):
    y, probability = classes_and_probabilities(n_classes, dtype)
    task = Task("binary" if n_classes == 2 else "multiclass", tuple(map(str, range(n_classes))))
    found = measures(split_of(task), y, probability)
    exact = probability.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    of_two = exact[:, 1] if n_classes == 2 else exact
    assert found["auc"] == pytest.approx(roc_auc_score(y, of_two, multi_class="ovr"), abs=1e-6)
    rows, summed, hits = np.array(found["calibration"]).T
    assert rows.sum() == N
    named = np.ones(N, dtype=int) if n_classes == 2 else exact.argmax(axis=1)
    assert hits.sum() == (named == y).sum()
    assert summed.sum() == pytest.approx(exact[np.arange(N), named].sum(), rel=1e-5)
    np.testing.assert_array_equal(np.sum(found["confusion"], axis=1), np.bincount(y))
    right = np.trace(found["confusion"])
    assert right == (exact.argmax(axis=1) == y).sum()


def test_a_class_without_rows_leaves_no_auc():
    y, probability = classes_and_probabilities(3)
    found = measures(split_of(Task("multiclass", ("a", "b", "c"))), np.minimum(y, 1), probability)
    assert found["auc"] is None
    assert np.sum(found["confusion"]) == N


def test_numbers_have_errors_in_units_of_the_target():
    y, prediction = RNG.standard_normal((2, N))
    found = measures(split_of(Task("regression"), 30.0), y, prediction)
    assert found["rmse"] == pytest.approx(root_mean_squared_error(30 * y, 30 * prediction))
    assert found["mae"] == pytest.approx(mean_absolute_error(30 * y, 30 * prediction))
