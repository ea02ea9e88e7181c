"""Laws of a penalty that ties outputs: each formula of a row's norm, against what defines it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError

FACTORS = np.array([1.0, 0.5, 2.0, 0.0, 1.0, 3.0])
L1, L2 = 0.4, 0.7
TIED = ElasticNetPenalty(L1, L2, factors=FACTORS, group="rows")
VERBS = ("sizes", "values", "prox", "conjugate", "feasible_scales", "projected")


def rows(seed=0, outputs=3):
    """Return six rows: a small one, one of zeros, and others."""
    found = np.random.default_rng(seed).normal(size=(6, outputs))
    found[0] *= 0.01
    found[2] = 0.0
    found[4] *= 10
    return found


def norms(array):
    return np.sqrt(np.sum(array**2, axis=1))


def test_the_size_of_a_row_is_its_norm_without_overflow():
    assert TIED.is_tied
    assert not ElasticNetPenalty(L1, L2).is_tied
    assert TIED.sizes(rows()).shape == (6, 1)
    np.testing.assert_allclose(TIED.sizes(rows())[:, 0], norms(rows()), rtol=1e-15)
    assert TIED.sizes(np.full((1, 4), 1e200))[0, 0] == pytest.approx(2e200)
    assert TIED.sizes(np.array([-2.0, 3.0])).tolist() == [2.0, 3.0]


def test_the_value_counts_a_row_once():
    size = norms(rows())
    expected = L1 * FACTORS * size + L2 / 2 * FACTORS * size**2
    np.testing.assert_allclose(TIED.values(rows())[:, 0], expected, rtol=1e-14)
    assert TIED.values(rows()).shape == (6, 1)
    assert TIED.value(rows()) == pytest.approx(expected.sum(), rel=1e-14)
    excluded = ElasticNetPenalty(L1, L2, factors=np.array([1.0, np.inf]), group="rows")
    assert excluded.value(np.array([[1.0, 1.0], [0.0, 0.0]])) < np.inf
    assert excluded.value(np.array([[1.0, 1.0], [0.0, 1e-9]])) == np.inf


@pytest.mark.parametrize("step", [0.5, 2.0])
def test_the_prox_minimises_what_defines_it(step):
    point = rows(1)
    found = TIED.prox(point, step)
    for j, factor in enumerate(FACTORS):

        def objective(b, j=j, factor=factor):
            size = np.sqrt(b @ b)
            return factor * (L1 * size + L2 / 2 * size**2) + np.sum((b - point[j]) ** 2) / (
                2 * step
            )

        starts = (point[j], 0.3 * point[j] + 1e-3)
        naive = min(minimize(objective, one, tol=1e-14).fun for one in starts)
        assert objective(found[j]) <= min(naive, objective(np.zeros(3))) + 1e-12
    assert (found[2] == 0).all()
    assert (found[0] == 0).all(), "a short row is gone"
    assert (found[4] != 0).all()


def test_the_conjugate_is_a_supremum_over_lengths():
    dual = rows(2)
    found = TIED.conjugate(dual)
    assert found.shape == (6, 1)
    lengths = np.linspace(0, 100, 200_001)
    for j, factor in enumerate(FACTORS):
        if factor:
            gains = norms(dual)[j] * lengths - factor * (L1 * lengths + L2 / 2 * lengths**2)
            assert found[j, 0] == pytest.approx(gains.max(), abs=1e-6)
        else:
            assert found[j, 0] == np.inf
    lasso = ElasticNetPenalty(1.0, 0.0, group="rows")
    assert lasso.conjugate(np.array([[0.6, 0.8], [0.7, 0.8], [0.0, 0.0]]))[:, 0].tolist() == [
        *(0.0, np.inf, 0.0)
    ]


def test_the_violation_is_the_distance_from_the_subdifferential():
    coef, pull = rows(3), rows(4)
    coef[5] = 0.0
    pull[2] = 0.1  # within a strength of 0.8
    found = TIED.violation(coef, pull)
    assert found.shape == (6, 1)
    for j, factor in enumerate(FACTORS):
        strength, size = L1 * factor, norms(coef)[j]
        if size:
            expected = norms((pull - strength * coef / size)[[j]])[0]
        else:
            expected = max(norms(pull)[j] - strength, 0.0)
        assert found[j, 0] == pytest.approx(expected, abs=1e-15)
    assert found[2, 0] == 0
    assert found[5, 0] > 0
    best = TIED.prox(pull)
    assert TIED.violation(best, pull - best - L2 * FACTORS[:, None] * best).max() <= 1e-14


def test_what_is_too_long_is_scaled_to_its_strength_and_nothing_else():
    dual, strength = rows(5), L1 * FACTORS
    dual[1] = [strength[1], 0.0, 0.0]  # exactly
    size = norms(dual)
    found = TIED.feasible_scales(dual)
    assert found.shape == (6, 1)
    expected = np.minimum(1.0, np.divide(strength, size, out=np.ones(6), where=size > 0))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-15)
    assert found[[1, 2], 0].tolist() == [1.0, 1.0]
    nearest = TIED.projected(dual)
    np.testing.assert_allclose(nearest, dual * expected[:, None], rtol=1e-14)
    for j in range(6):
        direction = dual[j] / (size[j] or 1.0)
        assert norms(nearest)[j] <= strength[j] * (1 + 1e-15)
        np.testing.assert_allclose(nearest[j], direction * norms(nearest)[j], atol=1e-15)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_with_one_output_tied_is_as_untied(verb, shape):
    plain = ElasticNetPenalty(L1, L2, factors=FACTORS)
    point = rows(6, 1).reshape(shape)
    found, expected = getattr(TIED, verb)(point), getattr(plain, verb)(point)
    assert found.shape == expected.shape == shape
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-300)


def test_with_one_output_the_violation_is_as_untied():
    plain = ElasticNetPenalty(L1, L2, factors=FACTORS)
    coef, pull = rows(7, 1), rows(8, 1)
    np.testing.assert_allclose(TIED.violation(coef, pull), plain.violation(coef, pull), atol=1e-15)


@pytest.mark.parametrize("group", ["columns", "row", 1, True, ["rows"]])
def test_other_groups_are_refused(group):
    with pytest.raises(InputError, match="group must be None or 'rows'"):
        ElasticNetPenalty(L1, L2, group=group)


@pytest.mark.parametrize("bound", [{"lower": 0.0}, {"upper": np.array([1.0, np.inf])}])
def test_bounds_of_tied_rows_are_refused(bound):
    with pytest.raises(InputError, match="must be infinite for group='rows'"):
        ElasticNetPenalty(L1, L2, group="rows", **bound)
