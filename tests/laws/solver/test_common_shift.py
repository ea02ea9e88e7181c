"""A common shift of a feature's coefficients is the one that its penalty likes best."""

from __future__ import annotations

import numpy as np
import pytest
from tests.laws.catalogue import PENALTIES

from bridle.elastic_net import elastic_net_path
from bridle.elastic_net.solver.common_shift import without_common_shifts


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("outputs", [2, 3, 4])
def test_no_other_shift_has_a_smaller_penalty(penalty, outputs):
    chosen = PENALTIES[penalty](12)
    rng = np.random.default_rng(outputs)
    lower, upper = (one[:, None] for one in chosen.bounds(12))
    coef = np.clip(rng.normal(size=(12, outputs)) * (rng.random((12, outputs)) > 0.3), lower, upper)
    coef[np.isinf(chosen.strengths(12)[0])] = 0.0
    centred = without_common_shifts(coef, chosen)
    assert chosen.value(centred) <= chosen.value(coef)
    for j in range(12):
        differences = (coef - centred)[j]
        np.testing.assert_allclose(differences, differences[0], atol=1e-15)
        one = chosen.restricted(np.array([j]))
        costs = [one.value((centred[j] - c)[None, :]) for c in np.linspace(-3, 3, 121)]
        assert one.value(centred[j][None, :]) <= min(costs) + 1e-15


def test_classes_do_not_crawl_along_a_shift():
    # Without it this path took a thousand iterations a strength, and did not converge.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(52, 13)) + rng.normal(size=(52, 1))
    y = np.argmax(X[:, :3] + rng.gumbel(size=(52, 3)), axis=1)
    path = elastic_net_path(
        X, y, loss="multinomial", alphas=[4e-3, 4e-4], l1_ratio=1.0, fit_intercept=False
    )
    assert path.iterations.max() < 20
