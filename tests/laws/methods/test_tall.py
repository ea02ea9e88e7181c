"""Tall data: what sums of rows say is what the rows say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit
from tests.laws.methods.test_lockstep import FOLDS, PENALTIES, matrix, problems

from bridle import ElasticNetPenalty
from bridle.elastic_net import Specification, cross_validate
from bridle.elastic_net.data.inputs import encode_targets
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.methods.certificates.design_pass import evaluate_losses
from bridle.elastic_net.methods.certificates.squared_pass import evaluate_squares
from bridle.elastic_net.methods.moments import sum_problems
from bridle.elastic_net.moments.column_moments import fold_moments, moments_from_sums
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.threads.workers import Workers

N, P = 60, 12
SPLITTERS = {
    "partition": KFold(4),
    "rows tested twice": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
    "rows never tested": ShuffleSplit(3, test_size=0.2, random_state=0),
}


def validate(splitter, scoring, *, weighted=False, offset=None, **options):
    rng = np.random.default_rng(2)
    X = matrix(P)
    y = X[:, 0] - 2 * X[:, 2] + rng.normal(size=N) + 50
    weights = rng.random(N) * (rng.random(N) > 0.2) if weighted else None
    targets = encode_targets(y, "squared", N, weights)
    specification = Specification(
        DenseDesign(X), targets.values, targets.loss, ElasticNetPenalty(0, 0), weights,
        offset=offset, **options,
    )  # fmt: skip
    return cross_validate(specification, splitter.split(X), alphas=6, scoring=scoring)


@pytest.mark.parametrize("splitter", SPLITTERS)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_errors_from_sums_are_those_of_the_rows(splitter, fit_intercept, standardize, weighted):
    options = {
        "weighted": weighted,
        "offset": np.linspace(-1, 1, N)[:, None],
        "fit_intercept": fit_intercept,
        "standardize": standardize,
    }
    ours = validate(SPLITTERS[splitter], None, **options)
    by_rows = validate(SPLITTERS[splitter], mean_squared_error, **options)
    np.testing.assert_allclose(ours.scores, by_rows.scores, rtol=1e-9)
    assert ours.best == by_rows.best


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_one_reading_of_x_says_what_two_say(fit_intercept, standardize):
    rng = np.random.default_rng(3)
    some = problems(
        matrix(P),
        ElasticNetPenalty(1, 1),
        FOLDS["weighted"],
        fit_intercept=fit_intercept,
        standardize=standardize,
    )
    coefs = [rng.normal(size=(2, P)) * (rng.random(P) > 0.4) for _ in some]
    intercepts = [rng.normal(size=2) for _ in some]
    with Workers(2) as workers:
        once = evaluate_squares(some, coefs, intercepts, workers)
        twice = evaluate_losses(some, coefs, intercepts, workers)
    for one, other in zip(once, twice, strict=True):
        np.testing.assert_allclose(
            one.negative_gradients, other.negative_gradients, rtol=1e-10, atol=1e-12
        )
        np.testing.assert_allclose(one.loss.values, other.loss.values, rtol=1e-12)
        scale, fitted = np.array([0.3, 1.0]), np.array([0.1, -0.2])
        np.testing.assert_allclose(
            one.loss.lower_bounds(scale, fitted), other.loss.lower_bounds(scale, fitted), rtol=1e-10
        )


def test_sums_know_the_moments_of_the_columns():
    some = problems(matrix(P), PENALTIES["lasso"][0], FOLDS["partition"])
    weights = [one.weights for one in some]
    with Workers(2) as workers:
        sums = sum_problems(some, RowClasses.of([one.weights for one in some]), workers)
        expected = fold_moments(some[0].design, weights, workers)
    found = moments_from_sums(some[0].design, weights, sums)
    for (mean, variance), (other, spread) in zip(found, expected, strict=True):
        np.testing.assert_allclose(mean, other, rtol=1e-12)
        np.testing.assert_allclose(variance, spread, rtol=1e-9)
        assert variance[1] == 0
