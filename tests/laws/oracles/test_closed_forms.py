"""Oracles 5, 6 and 10: ridge, the lasso on augmented data, orthonormal and duplicate columns."""

from dataclasses import replace

import numpy as np
import pytest
from tests.laws.oracles.ways import LINES, WAYS, Task

# Of constant and of equal columns it is said that they are there.
pytestmark = pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")

every_way = pytest.mark.parametrize("way", WAYS)


@pytest.mark.parametrize(("way", "shape"), [one[:2] for one in LINES if one[2] == 0])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_oracle_5_ridge(way, shape, fit_intercept, weighted):
    """``b = (Z'WZ + l2 I)^-1 Z'Wt`` within 1e-9 of the largest coefficient."""
    task = replace(Task.of(shape, 0.0, weighted=weighted), fit_intercept=fit_intercept)
    expected = np.linalg.solve(task.gram + task.l2 * np.eye(len(task.gram)), task.null_slope)
    coef = WAYS[way](task).coef
    np.testing.assert_allclose(coef, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize(("way", "shape", "l1_ratio"), [one for one in LINES if 0 < one[2] < 1])
def test_oracle_6_elastic_net_is_a_lasso_on_augmented_data(way, shape, l1_ratio):
    """The lasso on ``[sqrt(W) Z; sqrt(l2) I]`` and ``[sqrt(W) t; 0]``: 1e-9."""
    task = Task.of(shape, l1_ratio, weighted=True)
    p = task.X.shape[1]
    root = np.sqrt(task.share)
    # Every row of the augmented data counts 1 / (n + p).
    size = np.sqrt(root.size + p)
    lasso = Task(
        X=size * np.vstack([root[:, None] * task.centred, np.sqrt(task.l2) * np.eye(p)]),
        y=size * np.concatenate([root * task.t, np.zeros(p)]),
        alpha=task.l1,
        l1_ratio=1.0,
        fit_intercept=False,
    )
    expected = WAYS[way](lasso).coef
    coef = WAYS[way](task).coef
    np.testing.assert_allclose(coef, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


@every_way
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("weighted", [True, False])
def test_oracle_10_orthonormal(way, l1_ratio, weighted):
    """With ``Z'WZ = I``, ``b = soft(Z'Wt, l1) / (1 + l2)``: 1e-12, zeros exact."""
    rng = np.random.default_rng(0)
    share = rng.dirichlet(np.ones(40)) if weighted else np.full(40, 1 / 40)
    root = np.sqrt(share)[:, None]
    basis = np.linalg.qr(root * np.hstack([np.ones((40, 1)), rng.normal(size=(40, 5))]))[0]
    X = basis[:, 1:] / root + 2.0
    y = X @ [1.0, 0.3, -0.5, 0.05, 0.0] + 0.1 * rng.normal(size=40) + 3
    task = Task(X, y, 0.2, l1_ratio, share if weighted else None)
    z = task.null_slope
    expected = np.sign(z) * np.maximum(np.abs(z) - task.l1, 0) / (1 + task.l2)
    coef = WAYS[way](task).coef
    np.testing.assert_allclose(coef, expected, rtol=0, atol=1e-12)
    assert np.array_equal(coef == 0, expected == 0)


@every_way
@pytest.mark.parametrize("l1_ratio", [0.9, 0.5, 0.0])
@pytest.mark.parametrize("copies", [2, 5])
def test_oracle_10_duplicates_share_equally(way, l1_ratio, copies):
    """The copies of a column have equal coefficients, 1e-10."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(30, 4))
    y = X @ [1.0, -0.5, 0.2, 0.0] + 0.3 * rng.normal(size=30)
    task = Task(np.tile(X, copies), y, 0.1, l1_ratio)
    coef = WAYS[way](task).coef.reshape(copies, 4)
    assert coef.any()
    np.testing.assert_allclose(coef, np.tile(coef[0], (copies, 1)), rtol=0, atol=1e-10)
