"""Coefficients lie within the user's bounds exactly, whatever the way in and whatever is rounded."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bridle import ElasticNet, ElasticNetClassifier, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import LOSSES
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

# Strengths that are solved one by one (0 is among them), and along a path.
STRENGTHS = ([0.1, 0.0], [0.3, 0.1, 0.03])


def draw(seed, loss):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(15, 40)), int(rng.integers(2, 7))
    X = (rng.normal(size=(n, p)) + 0.5 * rng.normal(size=(n, 1))) * 10 ** rng.uniform(-1, 1, p)
    y = X / X.std(axis=0) @ rng.normal(size=p) + rng.normal(size=n)
    factors = np.ones(p)
    factors[rng.integers(p)] = seed % 3  # none, one or a weaker one without a penalty
    sizes = X.std(axis=0)
    bounds = {
        "lower": -rng.choice([np.inf, 0.1, 0.3], p) / sizes,
        "upper": rng.choice([np.inf, 0.07, 0.3], p) / sizes,
    }
    return X, y if loss == "squared" else (y > 0).astype(float), factors, bounds


@pytest.mark.parametrize("kind", [np.asarray, sparse.csc_array, np.float32])
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_paths_are_within_the_bounds(loss, standardize, kind):
    for seed in range(8):
        X, y, factors, bounds = draw(seed, loss)
        penalty = ElasticNetPenalty(0.0, 0.0, factors=factors, **bounds)
        found = elastic_net_path(
            kind(X), y, loss=loss, penalty=penalty, standardize=standardize,
            alphas=STRENGTHS[seed % 2], l1_ratio=0.7, max_iter=30,
        )  # fmt: skip
        for coef in found.coefs:
            dense = coef.toarray()[:, 0]
            assert np.all((bounds["lower"] <= dense) & (dense <= bounds["upper"]))


def test_units_do_not_move_a_coefficient_beyond_its_bound():
    X, y, factors, _ = draw(0, "squared")
    penalty = ElasticNetPenalty(0.0, 0.0, factors=factors, lower=-1e99 / 3, upper=1e99 / 7)
    for standardize in (False, True):
        found = elastic_net_path(
            1e-100 * X, y, penalty=penalty, standardize=standardize, alphas=[1e-3], max_iter=30
        )
        dense = found.coefs[0].toarray()
        assert np.any(dense == 1e99 / 7)
        assert np.all((dense >= -1e99 / 3) & (dense <= 1e99 / 7))


@pytest.mark.parametrize("kind", [ElasticNet, ElasticNetClassifier])
def test_a_positive_fit_that_starts_warm_is_not_negative(kind):
    X, y, _, _ = draw(0, "squared" if kind is ElasticNet else "logistic")
    model = kind(alpha=0.01, standardize=True, warm_start=True).fit(X, y)
    assert np.any(model.coef_ < 0)
    assert np.all(model.set_params(positive=True).fit(X, y).coef_ >= 0)


@pytest.mark.parametrize("newton", [True, False])
@pytest.mark.parametrize("loss", ["squared", "logistic", "multinomial"])
def test_the_solver_ends_on_a_bound_and_not_an_ulp_beside_it(loss, newton):
    on_bounds = 0
    for seed in range(12):
        X, y, factors, bounds = draw(seed, "squared" if loss == "squared" else "logistic")
        targets = np.stack([y, 1 - y], axis=1) if loss == "multinomial" else y[:, None]
        penalty = ElasticNetPenalty(0.05, 0.01, factors=factors, **bounds)
        problem = Problem.build(DenseDesign(X), targets, LOSSES[loss], penalty)
        start = (
            np.full((X.shape[1], targets.shape[1]), 0.1 / (seed + 3)),
            np.zeros(targets.shape[1]),
        )
        coef = CoordinateDescent(newton=newton, max_iter=50).solve(problem, start).coef.T
        low, high = bounds["lower"], bounds["upper"]
        assert np.all((coef >= low) & (coef <= high))
        near = np.isclose(coef, low, rtol=1e-13) | np.isclose(coef, high, rtol=1e-13)
        assert np.array_equal(near, (coef == low) | (coef == high))
        on_bounds += np.count_nonzero(near)
    assert on_bounds > 0
