"""Kernels on a sparse matrix give what they give on the same dense one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bridle import _core

N, P = 57, 83
CONSTANT, EMPTY = 7, 5
TYPES = [(value, index) for value in ("f8", "f4") for index in ("i4", "i8")]
every_type = pytest.mark.parametrize("types", TYPES, ids="/".join)


def matrices(types, seed=0):
    """Return the same matrix sparse and dense."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, P)) * (rng.random((N, P)) < 0.2)
    X[:, EMPTY], X[:, CONSTANT] = 0.0, 0.1
    X = X.astype(types[0])
    columns = sparse.csc_array(X)
    indices, indptr = (one.astype(types[1]) for one in (columns.indices, columns.indptr))
    return _core.SparseMatrix(columns.data, indices, indptr, N), np.asfortranarray(X)


def weights_with_zeros(seed=1):
    weights = np.random.default_rng(seed).random(N)
    weights[::3] = 0.0
    return weights / weights.sum()


@every_type
@pytest.mark.parametrize("vectors", [1, 4, 7, 48, 61, 110])
def test_products(types, vectors):
    rng = np.random.default_rng(2)
    right, columns = rng.normal(size=(N, vectors)), rng.permutation(P)[:40]
    found = [np.empty((40, vectors)) for _ in range(2)]
    for matrix, out in zip(matrices(types), found, strict=True):
        _core.products(matrix, columns, right, out)
    np.testing.assert_allclose(*found, rtol=1e-13, atol=1e-13)


def test_products_do_not_depend_on_how_they_are_divided():
    matrix, _ = matrices(TYPES[0])
    rng = np.random.default_rng(3)
    right = rng.normal(size=(N, 61))
    whole, parts = np.empty((P, 61)), np.empty((P, 61))
    _core.products(matrix, np.arange(P), right, whole)
    for begin in range(0, P, 10):
        columns = np.arange(begin, min(begin + 10, P))
        _core.products(matrix, columns, right, parts[columns[0] : columns[-1] + 1])
    assert whole.tobytes() == parts.tobytes()
    alone = np.empty((P, 1))
    _core.products(matrix, np.arange(P), np.ascontiguousarray(right[:, 30:31]), alone)
    np.testing.assert_allclose(alone[:, 0], whole[:, 30], rtol=1e-14, atol=1e-15)


@every_type
def test_screen(types):
    rng = np.random.default_rng(4)
    groups, vectors = 3, 61
    first = np.array([0, 1, 40, vectors])
    asked = _core.Screen(
        rng.random((groups, P)) + 0.1,
        (rng.random((groups, P)) < 0.1).astype(np.uint8),
        rng.random(P),
        rng.random(P) * (rng.random(P) < 0.5),
        first,
        rng.random(vectors) + 0.5,
        rng.random(groups) + 0.1,
        rng.random(groups),
    )
    right = rng.normal(size=(N, vectors))
    found = []
    for matrix in matrices(types):
        reach, worst = np.empty((groups, P)), []
        for begin, end in ((0, 40), (40, P)):
            worst.append(np.empty(vectors))
            _core.screen(matrix, begin, end, right, asked, worst[-1], reach)
        found.append((np.max(worst, axis=0), reach))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@every_type
@pytest.mark.parametrize("weights", [np.full(N, 1 / N), weights_with_zeros()], ids=["equal", "0"])
def test_moments(types, weights):
    found = []
    for matrix in matrices(types):
        mean, variance = np.empty(P), np.empty(P)
        _core.moments(matrix, weights, np.arange(P), mean, variance)
        assert np.all(variance[[CONSTANT, EMPTY]] == 0)
        found.append((mean, variance))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-15)


def test_a_column_that_is_constant_where_weights_count_has_no_variance():
    weights = weights_with_zeros()
    filled = np.flatnonzero(weights > 0)
    data, indptr = np.full(filled.size, 0.1), np.array([0, filled.size])
    matrix = _core.SparseMatrix(data, filled, indptr, N)
    mean, variance = np.empty(1), np.empty(1)
    _core.moments(matrix, weights, np.zeros(1, dtype=int), mean, variance)
    assert mean[0] == pytest.approx(0.1, rel=1e-15)
    assert variance[0] == 0.0


@every_type
@pytest.mark.parametrize("centered", [True, False])
def test_descend(types, centered):
    weights = weights_with_zeros()
    found = []
    for matrix in matrices(types):
        mean, variance = np.empty(P), np.empty(P)
        _core.moments(matrix, weights, np.arange(P), mean, variance)
        center = mean if centered else np.full(P, 0.3)
        scale = np.linspace(0.5, 2, P)
        curvature = (variance + (mean - center) ** 2) / scale**2
        coef, residual = np.zeros(P), np.sin(np.arange(N))
        limits = (np.full(P, 0.01), np.full(P, 0.02), np.full(P, -0.5), np.full(P, np.inf))
        columns = _core.Columns(np.arange(P), center, scale)
        coordinates = _core.Coordinates(columns, curvature, *limits)
        _core.descend(matrix, weights, coordinates, coef, residual, 50, 0)
        found.append((coef, residual))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)


WRONG = {
    "row beyond the last": ([0, 5], [0, 2], "Received: 5 in column 0"),
    "negative row": ([-1, 1], [0, 2], "Received: -1 in column 0"),
    "row twice": ([1, 1], [0, 2], "Received: 1 in column 0"),
    "rows out of order": ([1, 0], [0, 2], "Received: 0 in column 0"),
    "end beyond the entries": ([0, 1], [0, 3], "number of entries"),
    "end before the entries": ([0, 1], [0, 1], "number of entries"),
    "begin above 0": ([0, 1], [1, 2], "number of entries"),
    "no pointers": ([0, 1], [], "number of entries"),
    "decrease": ([0, 1], [0, 2, 1, 2], "decrease at 1"),
    "far beyond the entries": ([0, 1], [0, 10**9, 2], "decrease at 1"),
    "below 0": ([0, 1], [0, -5, 2], "decrease at 0"),
    "indices missing": ([0], [0, 2], "length 2"),
}


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_indices_are_refused_before_they_are_used(wrong, index):
    indices, indptr, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        _core.SparseMatrix(np.ones(2), np.array(indices, index), np.array(indptr, index), 3)


def test_a_matrix_keeps_its_arrays_alive():
    matrix, dense = matrices(TYPES[0])
    assert matrix.shape == (N, P)
    out, right = np.empty((P, 1)), np.ones((N, 1))
    _core.products(matrix, np.arange(P), right, out)
    np.testing.assert_allclose(out[:, 0], dense.sum(axis=0), atol=1e-12)


def test_wrong_arguments_are_refused():
    matrix, _ = matrices(TYPES[0])
    out = np.empty((1, 1))
    with pytest.raises(ValueError, match=r"\[0, 83\)"):
        _core.products(matrix, np.array([P]), np.ones((N, 1)), out)
    with pytest.raises(ValueError, match="length 57"):
        _core.products(matrix, np.array([0]), np.ones((N + 1, 1)), out)
    with pytest.raises(ValueError, match="length 57"):
        _core.moments(matrix, np.ones(N - 1), np.array([0]), np.empty(1), np.empty(1))
