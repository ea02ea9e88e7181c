"""Laws of the units of KKT violations: of each feature, of the intercept, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.elastic_net.optimality.kkt_units import KktUnits, in_units

UNITS = KktUnits(np.array([2.0, 4.0, 1.0]), np.array([1.0, 3.0, np.inf]), 10.0)
LEAST = 0.5  # of 1 / 2 and 3 / 4
UNPENALIZED = KktUnits(np.array([2.0, 4.0]), np.zeros(2), 10.0)
STRENGTHS = np.array([0.0, 1e-300, 1e-7, 0.3, 1.0, 15.0, 100.0])
FLOOR = 1e-8


def test_least_factor_over_norm_is_that_of_penalised_columns_that_vary():
    assert UNITS.least == LEAST
    assert UNPENALIZED.least == np.inf
    assert KktUnits(np.array([0.0, 4.0]), np.array([1.0, 8.0]), 1.0).least == 2.0


def test_unit_of_the_intercept_is_the_least_strength_within_limits():
    found = UNITS.of_intercept(STRENGTHS)
    expected = [10.0, FLOOR * 10, FLOOR * 10, 0.15, 0.5, 7.5, 10.0]
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    np.testing.assert_array_equal(UNPENALIZED.of_intercept(STRENGTHS), 10.0)


@pytest.mark.parametrize("units", [UNITS, UNPENALIZED], ids=["penalised", "unpenalised"])
def test_unit_of_the_intercept_is_the_same_one_by_one(units):
    alone = [units.of_intercept_given(strength, units.least) for strength in STRENGTHS]
    np.testing.assert_array_equal(units.of_intercept(STRENGTHS), alone)


def test_unit_of_a_feature_is_its_strength_above_a_floor():
    np.testing.assert_allclose(UNITS.floors, FLOOR * 10 * UNITS.norms, rtol=1e-15)
    found = UNITS.of_features(np.array([0.3, 1e-300, 0.0]))
    np.testing.assert_allclose(found, [0.3, FLOOR * 40, 10.0], rtol=1e-15)


def test_columns_that_do_not_vary_have_no_violation():
    violation = np.array([[0.1, 0.2], [99.0, 99.0]])
    units = KktUnits(np.array([1.0, 0.0]), np.ones(2), 1.0)
    assert units.worst(violation, np.array([0.5, 0.5])) == 0.4
    assert KktUnits(np.zeros(2), np.ones(2), 1.0).worst(violation, np.full(2, 0.5)) == 0.0


def test_in_a_unit_of_0_nothing_is_violated():
    found = in_units(np.array([[1.0], [3.0]]), np.array([[0.0], [2.0]]))
    np.testing.assert_array_equal(found, [[0.0], [1.5]])
