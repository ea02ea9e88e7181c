"""Moments of folds, from classes of rows, are those of each fold's own rows."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.moments.column_moments import fold_moments
from bridle.threads.workers import Workers

N, P = 60, 21


def weights(kind):
    rng = np.random.default_rng(1)
    fold = rng.permutation(N) % 3
    parts = {
        "partition": [np.ones(N), *(1.0 * (fold != f) for f in range(3))],
        "any": list(rng.random((4, N))),
        "some rows deleted": [1.0 * (fold > 0), 1.0 * (fold > 1)],
    }[kind]
    return [one / one.sum() for one in parts]


def table(dtype, order):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, P)) * 10.0 ** rng.integers(-3, 4, P) + 100 * rng.normal(size=P)
    X[:, 3] = 7.25
    # Constant but for one row: in the fold without it, it must count as constant.
    X[:, 4] = 1e3
    X[0, 4] = 0.0
    return np.asarray(X, dtype=dtype, order=order)


@pytest.mark.parametrize("kind", ["partition", "any", "some rows deleted"])
@pytest.mark.parametrize(("dtype", "order"), [(float, "F"), (float, "C"), (np.float32, "F")])
def test_fold_moments_match_the_design(kind, dtype, order):
    design, some = DenseDesign(table(dtype, order)), weights(kind)
    with Workers(2) as workers:
        mean, variance = (
            np.stack(one) for one in zip(*fold_moments(design, some, workers), strict=True)
        )
    for f, one in enumerate(some):
        expected = design.moments(one)
        np.testing.assert_allclose(mean[f], expected[0], rtol=1e-12)
        np.testing.assert_allclose(variance[f], expected[1], rtol=1e-7)
    assert np.all(variance[:, 3] == 0)


def test_a_column_that_is_constant_in_a_fold_has_variance_zero_there():
    some = weights("partition")
    with Workers(1) as workers:
        pairs = fold_moments(DenseDesign(table(float, "F")), some, workers)
    assert [pair[1][4] == 0 for pair in pairs] == [one[0] == 0 for one in some]
