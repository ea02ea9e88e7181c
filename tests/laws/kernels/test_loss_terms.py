"""Terms of a loss in C++: the gradients, curvatures and totals of NumPy, in the columns asked for."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import _core
from bridle.elastic_net.loss import LOSSES

KERNELS = {name: loss for name, loss in LOSSES.items() if loss.kernel}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(("first", "second", "width"), [(0, 3, 6), (2, 9, 14)])
def test_terms_equal_those_of_numpy(name, first, second, width):
    rng, loss, n, count = np.random.default_rng(4), KERNELS[name], 37, 3
    y = rng.integers(0, 2, n).astype(float) if loss.most_classes else rng.gamma(2.0, size=n)
    weights = rng.random(n) * (rng.random(n) < 0.8)
    eta = rng.normal(size=(count, n))
    terms, totals = np.full((n, width), 7.5), np.empty((4, count))
    rows = _core.Rows(loss.kernel, True, weights, y, np.zeros(n), loss.parameter)
    _core.loss_terms(rows, eta, terms, first, second, totals)
    for m in range(count):
        at = (eta[m][:, None], y[:, None], weights)
        gradient, curvature = loss.gradient(*at)[:, 0], loss.diagonal_curvature(*at)[:, 0]
        assert np.allclose(terms[:, first + m], -gradient, rtol=1e-12, atol=1e-15)
        assert np.allclose(terms[:, second + m], curvature, rtol=1e-12, atol=1e-15)
        used = weights > 0
        unit = weights if loss.has_linear_tails else curvature
        pearson = np.sum(gradient[used] ** 2 / unit[used])
        expected = loss.value(*at), -gradient.sum(), curvature.sum(), pearson
        assert np.allclose(totals[:, m], expected, rtol=1e-11)
    others = np.setdiff1d(
        np.arange(width), [*range(first, first + count), *range(second, second + count)]
    )
    assert np.all(terms[:, others] == 7.5)
