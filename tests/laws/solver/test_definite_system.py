"""Small symmetric systems: solved as NumPy solves them, or refused where they are near singular."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import _core


@pytest.mark.parametrize("size", [0, 1, 2, 11, 12, 13, 40, 97])
def test_definite_systems_are_solved_whatever_their_units(size):
    rng = np.random.default_rng(size)
    factor = rng.normal(size=(size, size + 3)) * 10.0 ** rng.uniform(-6, 6, (size, 1))
    matrix, right = factor @ factor.T, rng.normal(size=size)
    solution = right.copy()
    # What lies above the diagonal is not read.
    assert _core.solve_definite(np.tril(matrix), solution)
    units = np.sqrt(np.diag(matrix))
    left = matrix / units[:, None] @ solution
    np.testing.assert_allclose(
        left, right / units, atol=1e-9 * np.abs(right / units).max(initial=1)
    )


@pytest.mark.parametrize("size", [2, 13, 40])
def test_singular_systems_are_refused(size):
    columns = np.random.default_rng(size).normal(size=(size + 5, size))
    columns[:, -1] = columns[:, 0]
    assert not _core.solve_definite(columns.T @ columns, np.ones(size))
    assert not _core.solve_definite(np.diag(np.arange(size, dtype=float)), np.ones(size))
    assert not _core.solve_definite(np.full((size, size), np.nan), np.ones(size))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="matrix must have"):
        _core.solve_definite(np.eye(3), np.ones(2))
