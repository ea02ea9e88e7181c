"""However X lies in memory, the same problem is fitted alike or refused alike."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from bridle import ElasticNet, ElasticNetClassifier, elastic_net_path
from bridle.errors import InputError

WAYS: dict[str, Callable[..., Any]] = {
    "ElasticNet": lambda X, y, **options: ElasticNet(**options).fit(X, y),
    "ElasticNetClassifier": lambda X, y, **options: ElasticNetClassifier(**options).fit(X, y),
    "path": lambda X, y, alpha, **options: elastic_net_path(X, y, alphas=[alpha], **options),
    "logistic path": lambda X, y, alpha, **options: elastic_net_path(
        X, y, loss="logistic", alphas=[alpha], **options
    ),
}


def mapped(X, folder):
    np.save(folder / "x.npy", X)
    return np.load(folder / "x.npy", mmap_mode="r")


LAYOUTS: dict[str, Callable[..., Any]] = {
    "dense": lambda X, _: X,
    "Fortran": lambda X, _: np.asfortranarray(X),
    "float32": lambda X, _: X.astype(np.float32),
    "memory map": mapped,
    "CSC": lambda X, _: sparse.csc_array(X),
    "CSR": lambda X, _: sparse.csr_array(X),
    "CSC float32": lambda X, _: sparse.csc_array(X.astype(np.float32)),
}


def draw(seed: int, way: str) -> tuple[Any, Any, dict[str, Any]]:
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(3, 9)), int(rng.integers(1, 8))
    # Numbers that float32 holds, a share of which are 0; columns of one number, and repeated ones.
    X = rng.integers(-8, 9, (n, p)) / 4 * (rng.random((n, p)) < rng.uniform(0.3, 1))
    if seed % 4 == 0:
        X[:, 0] = 0.25
    if seed % 5 == 0:
        X[:, -1] = X[:, 0]
    y = np.arange(n) % 2 if "ogistic" in way or "Class" in way else rng.normal(size=n)
    options = {
        "alpha": float(rng.choice([0.3, 0.01, 1e-4])),
        "l1_ratio": float(rng.choice([0.0, 0.5, 0.9])),
        "standardize": bool(rng.random() < 0.7),
        "fit_intercept": bool(rng.random() < 0.7),
        "tol": 1e-9,
        "max_iter": 200,
    }
    return X, y, options


def outcome(way: str, X: Any, y: Any, options: dict[str, Any]) -> np.ndarray | str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = WAYS[way](X, y, **options)
        except InputError as error:
            return str(error)
    coefs = getattr(found, "coefs", None)
    return np.ravel(found.coef_) if coefs is None else coefs[0].toarray()[:, 0]


@pytest.mark.parametrize("way", WAYS)
def test_layouts_agree_or_fail_alike(way, tmp_path):
    for seed in range(8):
        X, y, options = draw(seed, way)
        expected = outcome(way, X, y, options)
        for name, layout in LAYOUTS.items():
            found = outcome(way, layout(X, tmp_path), y, options)
            if isinstance(expected, str):
                assert found == expected, (seed, name)
            else:
                size = np.abs(expected).max(initial=1.0)
                np.testing.assert_allclose(found, expected, atol=1e-3 * size, err_msg=name)


@pytest.mark.parametrize("layout", ["CSC", "CSR"])
@pytest.mark.parametrize("way", ["ElasticNet", "path", "ElasticNetClassifier"])
def test_sparse_columns_far_from_0_are_fitted_as_dense_ones(way, layout, tmp_path):
    # Their means, 1e9 deviations away, were not taken off: steps grew until they were no numbers.
    rng = np.random.default_rng(7)
    X = rng.normal(size=(30, 5))
    X[:, :3] = np.array([10.0, 1e5, -3.0]) * (1 + 1e-9 * X[:, :3])
    y = X[:, 3] + 1e8 * (X[:, 0] - 10) + rng.normal(size=30)
    y = y if way != "ElasticNetClassifier" else (y > y.mean()).astype(int)
    options = {"alpha": 0.01, "l1_ratio": 0.9, "standardize": True}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The features separate")
        dense = WAYS[way](X, y, **options)
        other = WAYS[way](LAYOUTS[layout](X, tmp_path), y, **options)
    if way == "path":
        np.testing.assert_allclose(other.coefs[0].toarray(), dense.coefs[0].toarray(), rtol=1e-6)
    else:
        np.testing.assert_allclose(other.coef_, dense.coef_, rtol=1e-6)
