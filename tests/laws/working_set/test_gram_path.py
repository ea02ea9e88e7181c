"""Working sets on Gram matrices: optimal at every strength, however features come, go and depend."""

import numpy as np
import pytest

from bridle import _core

ROWS, FEATURES = 160, 320


def correlated(rng):
    X = rng.normal(size=(ROWS, FEATURES))
    return X + 0.8 * rng.normal(size=(ROWS, 1))


def duplicated(rng):
    X = rng.normal(size=(ROWS, FEATURES))
    X[:, FEATURES // 2 :] = X[:, : FEATURES // 2]
    return X


def tall(rng):
    return rng.normal(size=(4 * FEATURES, FEATURES)) @ np.diag(np.geomspace(1, 30, FEATURES))


def solve(X, y, l1, l2, lower, upper, gap=1e-13):
    n, p = X.shape
    coef = np.zeros((l1.size, p))
    energy = np.full(l1.size, y @ y / n)
    _core.gram_path(
        X.T @ X / n,
        (X.T @ y / n)[None, :],
        energy,
        _core.Features(np.ones(p), np.full(p, lower), np.full(p, upper)),
        _core.Grid(l1, l2),
        _core.Precision(gap * energy[0], 1e-6 * gap * energy[0], np.inf, 1000),
        coef,
    )
    return coef


def violation(X, y, coef, l1, l2, lower, upper):
    """How far each slope is from what the optimum allows, in units of the largest slope."""
    slope = X.T @ (y - X @ coef) / len(y) - l2 * coef
    at_zero = np.maximum(np.abs(slope) - l1, 0)
    inside = np.abs(slope - l1 * np.sign(coef))
    broken = np.where(coef == 0, at_zero, inside)
    broken[(coef >= upper) & (slope >= l1)] = 0
    broken[(coef <= lower) & (slope <= -l1)] = 0
    return broken.max() / np.abs(X.T @ y / len(y)).max()


@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (-0.05, 0.1), (0.0, np.inf)])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.02])
@pytest.mark.parametrize("make", [correlated, duplicated, tall])
def test_every_strength_is_optimal(make, l1_ratio, bounds):
    rng = np.random.default_rng(5)
    X = make(rng)
    y = X @ (rng.normal(size=FEATURES) * (rng.random(FEATURES) < 0.3)) + rng.normal(size=len(X))
    top = np.abs(X.T @ y / len(y)).max() / l1_ratio
    strengths = top * np.geomspace(0.9, 1e-3, 40)
    l1, l2 = l1_ratio * strengths, (1 - l1_ratio) * strengths
    coefs = solve(X, y, l1, l2, *bounds)
    worst = [violation(X, y, *each, *bounds) for each in zip(coefs, l1, l2, strict=True)]
    assert np.max(worst) < 1e-5


def test_strengths_need_not_decrease():
    rng = np.random.default_rng(6)
    X = tall(rng)
    y = X[:, ::3].sum(axis=1) + rng.normal(size=len(X))
    strengths = np.abs(X.T @ y / len(y)).max() * np.array([1e-3, 1e-1, 1e-2, 1e-2, 5e-3, 0.5])
    coefs = solve(X, y, 0.5 * strengths, 0.5 * strengths, -np.inf, np.inf)
    alone = [solve(X, y, *[np.array([0.5 * s])] * 2, -np.inf, np.inf)[0] for s in strengths]
    np.testing.assert_allclose(coefs, alone, atol=1e-6 * np.abs(coefs).max())


def test_rounding_among_collinear_features_ends_the_sweeps():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(48, 1)) + 1e-8 * rng.normal(size=(48, 39))
    y = 1e6 * X[:, 0] + rng.normal(size=48)
    gram, linear = X.T @ X / 48, (X.T @ y / 48)[None, :]
    limits = _core.Features(np.ones(39), np.full(39, -np.inf), np.full(39, np.inf))
    grid = _core.Grid(np.array([1e-12]), np.zeros(1))
    # No float64 has slopes so precise.
    precision = _core.Precision(0.0, 1e-40, np.inf, 1000)
    sweeps, _ = _core.gram_path(
        gram, linear, np.array([y @ y / 48]), limits, grid, precision, np.zeros((1, 39))
    )
    assert 50 < sweeps < 500
