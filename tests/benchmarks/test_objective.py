from __future__ import annotations

import numpy as np
import pytest
from benchmarks.datasets import bag_of_words, correlated_gaussian
from benchmarks.objective import Objective
from scipy import sparse
from scipy.special import xlogy

from bridle import elastic_net_path

every_loss = pytest.mark.parametrize("loss", ["squared", "logistic", "poisson", "gamma", "tweedie"])


def judge(loss, n=80, p=12):
    X, y = correlated_gaussian(n, p, loss, 3)
    return Objective(X, y, loss)


def column_of(coef):
    return sparse.csc_matrix(np.reshape(coef, (-1, 1)))


@every_loss
def test_value_is_the_formula(loss):
    objective = judge(loss)
    rng = np.random.default_rng(2)
    coef, intercept, alpha = rng.normal(size=12) * (rng.uniform(size=12) < 0.5), 0.3, 0.7
    eta = objective.X @ coef + intercept
    y = objective.y
    losses = {
        "squared": (y - eta) ** 2 / 2,
        "logistic": np.log1p(np.exp(eta)) - y * eta,
        "poisson": np.exp(eta) - y * eta,
        "gamma": y / np.exp(eta) + eta,
        "tweedie": np.exp(0.5 * eta) / 0.5 - y * np.exp(-0.5 * eta) / -0.5,
    }[loss]
    penalty = 0.5 * np.abs(coef).sum() + 0.25 * (coef**2).sum()
    value = objective.values(np.array([alpha]), column_of(coef), np.array([intercept]))
    np.testing.assert_allclose(value, losses.mean() + alpha * penalty)


@every_loss
def test_sparse_and_dense_are_judged_alike(loss):
    dense = judge(loss)
    thin = Objective(sparse.csc_matrix(dense.X), dense.y, loss)
    alphas = dense.grid(0.01, 25)
    rng = np.random.default_rng(0)
    coefs = sparse.random(12, 25, 0.4, "csc", random_state=rng)
    intercepts = rng.normal(size=25)
    np.testing.assert_allclose(
        thin.values(alphas, coefs, intercepts), dense.values(alphas, coefs, intercepts)
    )


@every_loss
def test_largest_strength_is_where_the_first_feature_enters(loss):
    objective = judge(loss)
    largest = objective.strength_max
    alphas = np.array([largest * 1.0001, largest * 0.99])
    path = elastic_net_path(objective.X, objective.y, loss=loss, alphas=alphas, tol=1e-10)
    assert path.n_nonzero.tolist() == [0, 1]
    null = objective.values(alphas[:1], path.coefs[0], path.intercepts[0])
    y = objective.y
    perfect = {
        "poisson": np.mean(y - xlogy(y, y)),
        "gamma": np.mean(1 + np.log(y)) if loss == "gamma" else 0.0,
        "tweedie": np.mean(4 * np.sqrt(np.abs(y))),
    }.get(loss, 0.0)
    np.testing.assert_allclose(null - perfect, objective.half_null_deviance)


@every_loss
def test_agrees_with_the_certificates_of_bridle(loss):
    objective = judge(loss)
    alphas = objective.grid(0.01, 10)
    loose, tight = (
        elastic_net_path(objective.X, objective.y, loss=loss, alphas=alphas, tol=tol)
        for tol in (1e-2, 1e-11)
    )
    above = [
        objective.values(alphas, sparse.hstack(path.coefs).tocsc(), path.intercepts.ravel())
        for path in (loose, tight)
    ]
    gaps = (above[0] - above[1]) / objective.half_null_deviance
    claimed = [one.relative_gap for one in loose.certificates]
    assert (gaps >= -1e-10).all()
    assert (gaps <= np.array(claimed) + 1e-10).all()


def test_squared_targets_have_unit_variance():
    for _, y in (correlated_gaussian(50, 4, "squared", 2), bag_of_words(50, 40, "squared", 2)):
        np.testing.assert_allclose([y.mean(), y.std()], [0, 1], atol=1e-12)


def test_words_are_rows_of_length_one():
    X, _ = bag_of_words(60, 300, "squared", 5)
    assert X.shape == (60, 300)
    assert (X.data > 0).all()
    np.testing.assert_allclose(sparse.linalg.norm(X, axis=1), 1)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_variants_hold_the_same_numbers(order, dtype):
    plain, _ = correlated_gaussian(20, 5, "squared", 2)
    X, _ = correlated_gaussian(20, 5, "squared", 2, order=order, dtype=dtype)
    assert X.flags[f"{order}_CONTIGUOUS"]
    assert X.dtype == dtype
    np.testing.assert_array_equal(X, plain.astype(dtype))
