"""Grouping: correlated features get nearly equal coefficients from l2, and equal features equal ones.

Source: Zou and Hastie (2005), "Regularization and variable selection via the elastic net", theorem 1.
"""

import numpy as np
import pytest
from tests.laws.catalogue import SHAPES

from bridle import elastic_net_path

pytestmark = pytest.mark.filterwarnings("ignore:.*repetition of another")


@pytest.mark.parametrize("shape", [one for one in SHAPES if "row" not in one])
@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 0.9])
def test_coefficients_of_one_sign_differ_by_at_most_the_bound_of_zou_and_hastie(shape, l1_ratio):
    rng = np.random.default_rng(0)
    X = SHAPES[shape](rng)
    X = X[:, X.std(axis=0) > 1e-9]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = X[:, 0] + rng.normal(size=len(X))
    correlation = X.T @ X / len(X)
    path = elastic_net_path(X, y, l1_ratio=l1_ratio, alphas=12, tol=1e-12)
    tightest = np.inf
    for alpha, sparse_coef in zip(path.alphas, path.coefs, strict=True):
        coef = sparse_coef.toarray()[:, 0]
        same_sign = np.outer(coef, coef) > 0
        apart = np.abs(coef[:, None] - coef)
        distance = np.sqrt(np.maximum(2 * (1 - correlation), 0.0))
        bound = y.std() * distance / (alpha * (1 - l1_ratio))
        assert np.all((apart <= bound + 1e-6)[same_sign])
        used = same_sign & (apart > 1e-9)
        tightest = min(tightest, np.min((bound - apart)[used], initial=np.inf))
    assert tightest > 0 or X.shape[1] == 1


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_equal_features_have_equal_coefficients_unless_the_penalty_is_l1_alone(l1_ratio):
    X = SHAPES["duplicate columns"](np.random.default_rng(0))
    y = X[:, 0] - X[:, 1] + np.random.default_rng(1).normal(size=len(X))
    path = elastic_net_path(X, y, l1_ratio=l1_ratio, alphas=[0.3, 0.03], tol=1e-12)
    for one in path.coefs:
        coef = one.toarray()[:, 0]
        assert coef[[0, 1]] == pytest.approx(coef[[2, 5]], abs=1e-6)
        assert coef[0] != 0
