"""Many coefficients in one matrix are the sequence of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bridle.elastic_net.coefficients import Coefficients


@pytest.fixture(params=[1, 3], ids=["one output", "three outputs"])
def parts(request):
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(4, 6, request.param)) * (rng.random((4, 6, request.param)) > 0.5)
    return [sparse.csc_array(one) for one in dense]


def assert_equal(found, expected):
    assert found.shape == expected.shape
    assert np.array_equal(found.toarray(), expected.toarray())


def test_a_sequence_of_what_went_in(parts):
    stacked = Coefficients.of(parts)
    assert len(stacked) == len(parts)
    for found, expected in zip(stacked, parts, strict=True):
        assert_equal(found, expected)
    assert_equal(stacked[-1], parts[-1])
    for found, expected in zip(stacked[1:3], parts[1:3], strict=True):
        assert_equal(found, expected)
    with pytest.raises(IndexError, match="There are 4 solutions"):
        stacked[4]


def test_order_and_numbers_can_be_changed(parts):
    stacked = Coefficients.of(parts)
    for found, k in zip(stacked.taken(np.array([2, 0])), (2, 0), strict=True):
        assert_equal(found, parts[k])
    doubled = stacked.with_data(2 * stacked.stacked.data)
    for found, expected in zip(doubled, parts, strict=True):
        assert_equal(found, 2 * expected)


def test_rows_of_a_growing_working_set():
    rows = [np.array([1.0]), np.array([0.0, 2.0]), np.array([3.0, 0.0, 4.0])]
    stacked = Coefficients.of_rows(rows, np.array([5, 0, 2]), 6)
    expected = np.zeros((3, 6))
    expected[0, 5], expected[1, 0], expected[2, [5, 2]] = 1, 2, [3, 4]
    assert np.array_equal(np.hstack([one.toarray() for one in stacked]).T, expected)
    assert np.array_equal(stacked.dense(np.array([2, 1])), expected[[2, 1]])
