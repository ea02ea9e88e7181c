"""The estimated scale of Huber's loss: scikit-learn and a generic minimiser are its judges."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.linear_model import HuberRegressor

from bridle import ElasticNet, ElasticNetCV, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net.loss import Huber
from bridle.errors import InputError

ESTIMATED = Huber(scale="estimated")


def draw(n=200, p=5, seed=0, outliers=0.1, rise=15.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = 2 + X[:, 0] - 0.5 * X[:, 1] + 0.3 * rng.normal(size=n)
    return X, y + np.where(rng.random(n) < outliers, rise, 0.0), rng


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("epsilon", "penalty"), [(1.1, 1e-4), (1.35, 3.0), (2.5, 100.0)])
def test_ridge_is_scikit_learns_huber_regressor(epsilon, penalty, weighted):
    X, y, rng = draw()
    weights = rng.uniform(0.1, 2, y.size) if weighted else np.ones(y.size)
    other = HuberRegressor(epsilon=epsilon, alpha=penalty, tol=1e-10, max_iter=10_000)
    other.fit(X, y, weights)
    loss = Huber(epsilon, scale="estimated")
    ours = ElasticNet(penalty / weights.sum(), l1_ratio=0.0, loss=loss).fit(X, y, weights)
    assert ours.scale_ == pytest.approx(other.scale_, rel=1e-3)
    assert ours.coef_ == pytest.approx(other.coef_, abs=1e-4)
    assert ours.intercept_ == pytest.approx(other.intercept_, rel=1e-4)
    assert ours.certificate_.meets(1e-6)
    strengths = np.zeros(5), np.full(5, penalty / weights.sum())
    rows = X, y, weights / weights.sum(), epsilon
    ends = [objective(point_of(one), *rows, *strengths, True)[0] for one in (ours, other)]
    assert ends[0] <= ends[1] * (1 + 1e-12)
    assert ours.predict(X) == pytest.approx(other.predict(X), abs=1e-3)


def point_of(model):
    parts = np.maximum(model.coef_, 0), np.maximum(-model.coef_, 0)
    return np.concatenate([*parts, [model.intercept_, np.log(model.scale_)]])


def objective(point, X, y, weights, epsilon, l1, l2, intercept):
    """The objective of coefficients in two parts from 0 up, intercept and log scale; its gradient."""
    p = X.shape[1]
    coef, level, scale = point[:p] - point[p : 2 * p], point[2 * p], np.exp(point[-1])
    z = (y - level - X @ coef) / scale
    c = np.clip(z, -epsilon, epsilon)
    value = scale * weights @ (0.5 + c * (z - c / 2))
    value += l1 @ (point[:p] + point[p : 2 * p]) + 0.5 * l2 @ coef**2
    pull = weights * c
    slope = -X.T @ pull + l2 * coef
    rise = scale * (0.5 * weights.sum() - 0.5 * weights @ c**2)
    return value, np.concatenate([slope + l1, l1 - slope, [-pull.sum() * intercept, rise]])


@pytest.mark.parametrize("seed", range(12))
def test_random_problems_reach_the_minimum_over_coefficients_and_scale(seed):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(30, 120)), int(rng.integers(2, 12))
    X, y, _ = draw(n, p, seed)
    epsilon, ratio = float(rng.uniform(1.05, 2.5)), float(rng.choice([0.2, 0.7, 1.0]))
    alpha, intercept = float(10 ** rng.uniform(-2, -0.3)), bool(rng.random() < 0.7)
    factors = rng.uniform(0.3, 2.0, p)
    positive = bool(rng.random() < 0.3)
    weights = rng.integers(0, 3, n).astype(float) + 1e-3
    offset = rng.normal(size=n) if rng.random() < 0.5 else None
    found = ElasticNet(
        alpha,
        l1_ratio=ratio,
        loss=Huber(epsilon, scale="estimated"),
        fit_intercept=intercept,
        penalty=ElasticNetPenalty(0, 0, factors=factors),
        positive=positive,
        tol=1e-8,
    ).fit(sparse.csc_array(X) if seed % 3 == 0 else X, y, weights, offset)
    rows = (X, y - (0 if offset is None else offset), weights / weights.sum(), epsilon)
    strengths = alpha * ratio * factors, alpha * (1 - ratio) * factors
    most = 0.0 if positive else None
    best = minimize(
        objective,
        np.concatenate([np.zeros(2 * p + 1), [np.log(np.std(y))]]),
        args=(*rows, *strengths, intercept),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * p + [(0, most)] * p + [(None, None)] * 2,
        options={"maxiter": 5000, "maxfun": 50_000, "ftol": 1e-15, "gtol": 1e-9},
    )
    value, _ = objective(point_of(found), *rows, *strengths, intercept)
    assert value <= best.fun * (1 + 1e-9)
    assert found.scale_ == pytest.approx(np.exp(best.x[-1]), rel=1e-3)


def test_mean_of_the_clipped_squared_residuals_is_the_square_of_the_scale():
    X, y, _ = draw()
    model = ElasticNet(0.05, loss=ESTIMATED).fit(X, y)
    size = np.minimum(np.abs(y - model.predict(X)), 1.35 * model.scale_)
    assert np.mean(size**2) == pytest.approx(model.scale_**2, rel=1e-5)
    fixed = ElasticNet(0.05 * model.scale_, loss=Huber(scale=model.scale_)).fit(X, y)
    assert fixed.coef_ == pytest.approx(model.coef_, abs=1e-6)
    assert fixed.score(X, y) == pytest.approx(model.score(X, y), abs=1e-6)


def test_lasso_needs_no_other_strength_in_another_unit():
    X, y, _ = draw()
    here = ElasticNet(0.1, l1_ratio=1.0, loss=ESTIMATED).fit(X, y)
    assert here.coef_[0] != 0
    for unit in (1e-6, 1e9):
        there = ElasticNet(0.1, l1_ratio=1.0, loss=ESTIMATED).fit(X, unit * y)
        assert there.scale_ / unit == pytest.approx(here.scale_, rel=1e-5)
        assert there.coef_ / unit == pytest.approx(here.coef_, abs=1e-5)


def test_outliers_however_far_do_not_move_the_scale():
    near, far = (
        ElasticNet(0.05, loss=ESTIMATED).fit(*draw(rise=rise)[:2]).scale_ for rise in (30.0, 1e12)
    )
    assert near == pytest.approx(far, rel=1e-6)


def test_scale_of_normal_noise_is_the_fraction_that_the_notes_name():
    X, y, _ = draw(20_000, 2, outliers=0.0)
    model = ElasticNet(1e-4, loss=ESTIMATED).fit(X, y)
    assert model.scale_ / 0.3 == pytest.approx(0.68, abs=0.02)


def test_a_fit_is_cloned_copied_shown_and_started_from():
    X, y, _ = draw()
    model = ElasticNet(0.05, loss=ESTIMATED, warm_start=True).fit(X, y)
    assert "Huber(1.35, scale='estimated')" in repr(model)
    assert "Huber regression" in str(model.summary())
    scale = model.scale_
    again = pickle.loads(pickle.dumps(model))
    assert again.scale_ == scale
    assert np.array_equal(again.predict(X), model.predict(X))
    assert clone(model).fit(X, y).scale_ == scale
    assert model.fit(X, y).scale_ == pytest.approx(scale, rel=1e-8)
    assert not vars(model.set_params(loss="squared").fit(X, y)).keys() & {"scale_"}


def test_what_cannot_have_an_estimated_scale_is_refused():
    X, y, _ = draw(60)
    for fit in (
        lambda: ElasticNetCV(loss=ESTIMATED).fit(X, y),
        lambda: elastic_net_path(X, y, loss=ESTIMATED),
    ):
        with pytest.raises(InputError, match=r"a number for its scale.*scale='estimated'.*scale_"):
            fit()
    with pytest.raises(InputError, match="epsilon must be above 1 if the scale is estimated"):
        Huber(1.0, scale="estimated")
    with pytest.raises(InputError, match=r"scale must be in \(0, inf\), or 'estimated'"):
        Huber(scale="unknown")
    exact = X @ np.arange(5.0)
    for target in (exact, np.ones(60), np.where(np.arange(60) < 10, 1.0, 0.0)):
        with pytest.raises(InputError, match="without an error in too many rows"):
            ElasticNet(1e-6, loss=ESTIMATED).fit(X, target)
