import pickle

import numpy as np
import pytest
from scipy import sparse
from tests.laws.catalogue import DESIGNS, LAYOUTS, SHAPES

from bridle.elastic_net.design import DenseDesign, StandardizedDesign, standardized

ROUNDING = {"rtol": 1e-12, "atol": 1e-12}


@pytest.fixture(params=[(d, a) for d in DESIGNS for a in LAYOUTS], ids=" / ".join)
def case(request, tmp_path):
    """Yield a design, the float64 matrix it stands for and the array under it, which must not change."""
    yield from make_case(*request.param, tmp_path)


@pytest.fixture(
    params=[(d, a) for d in DESIGNS for a in LAYOUTS if "sparse" not in d], ids=" / ".join
)
def dense_case(request, tmp_path):
    yield from make_case(*request.param, tmp_path)


def make_case(kind, layout, tmp_path):
    X = SHAPES["shifted and scaled"](np.random.default_rng(0))
    X[:, 3] = 0.1
    array = LAYOUTS[layout](X, tmp_path)
    before = array.tobytes()
    design, matrix = DESIGNS[kind](array)
    yield design, matrix, array
    assert array.tobytes() == before, "X was written to"


def test_shape(case):
    design, matrix, _ = case
    assert design.shape == matrix.shape


def test_matvec_is_the_product(case):
    design, matrix, _ = case
    rng = np.random.default_rng(1)
    for outputs in (1, 3):
        coef = rng.normal(size=(matrix.shape[1], outputs))
        np.testing.assert_allclose(design.matvec(coef), matrix @ coef, **ROUNDING)


def test_matvec_of_sparse_coefficients_is_the_product(case):
    design, matrix, _ = case
    for used in (0, 1, 4):
        coef = np.zeros((matrix.shape[1], 2))
        coef[:used, 1] = 2.0
        np.testing.assert_allclose(design.matvec(coef), matrix @ coef, **ROUNDING)


def test_rmatvec_is_the_transposed_product(case):
    design, matrix, _ = case
    dual = np.random.default_rng(2).normal(size=(matrix.shape[0], 2))
    np.testing.assert_allclose(design.rmatvec(dual), matrix.T @ dual, rtol=1e-12, atol=1e-11)


def test_matvec_and_rmatvec_are_adjoint(case):
    design, matrix, _ = case
    rng = np.random.default_rng(3)
    coef, dual = rng.normal(size=(matrix.shape[1], 1)), rng.normal(size=(matrix.shape[0], 1))
    there, back = np.sum(design.matvec(coef) * dual), np.sum(coef * design.rmatvec(dual))
    assert there == pytest.approx(back, rel=1e-11)


def test_columns_are_new_float64_columns(case):
    design, matrix, array = case
    index = np.array([4, 0, 0])
    columns = design.columns(index)
    np.testing.assert_allclose(columns, matrix[:, index], **ROUNDING)
    assert columns.dtype == np.float64
    assert not np.shares_memory(columns, array)
    assert design.columns(np.array([], dtype=np.intp)).shape == (matrix.shape[0], 0)


def test_moments_are_the_weighted_ones(case):
    design, matrix, _ = case
    weights = np.random.default_rng(4).random(matrix.shape[0])
    weights[:5] = 0.0
    weights /= weights.sum()
    mean, variance = design.moments(weights)
    np.testing.assert_allclose(mean, weights @ matrix, **ROUNDING)
    np.testing.assert_allclose(variance, weights @ (matrix - weights @ matrix) ** 2, **ROUNDING)
    assert variance[3] == 0.0, "a constant column has exactly no variance"


def test_layout_is_the_matrix_without_a_copy(dense_case):
    design, matrix, array = dense_case
    layout = design.layout()
    assert layout.array.__array_interface__["data"][0] == array.__array_interface__["data"][0]
    assert layout.array.strides == array.strides
    np.testing.assert_allclose((layout.array - layout.center) / layout.scale, matrix, **ROUNDING)


def test_layout_moments_are_those_of_the_array(case):
    design, _, array = case
    layout = design.layout()
    weights = np.full(array.shape[0], 1 / array.shape[0])
    index = np.array([2, 0])
    mean, variance = layout.moments(weights, index)
    exact = np.asarray(array, dtype=np.float64)[:, index]
    np.testing.assert_allclose(mean, exact.mean(axis=0), **ROUNDING)
    np.testing.assert_allclose(variance, exact.var(axis=0), **ROUNDING)


def test_layout_of_a_sparse_matrix_is_the_same_at_every_turn():
    design, _ = DESIGNS["sparse, standardised"](SHAPES["tall"](np.random.default_rng(0)))
    array = design.layout().array
    assert array is design.layout().array
    assert array.shape == (40, 6)
    assert design.layout().dense() is None


def test_predict_rows_is_the_product_of_some_rows(case):
    design, matrix, _ = case
    rng = np.random.default_rng(9)
    rows = np.array([7, 0, 0, 3])
    for filled in (0.0, 0.4, 1.0):
        coef = rng.normal(size=(matrix.shape[1], 4)) * (rng.random((matrix.shape[1], 4)) < filled)
        found = design.predict_rows(rows, sparse.csc_array(coef))
        np.testing.assert_allclose(found, matrix[rows] @ coef, rtol=1e-12, atol=1e-11)
    assert design.predict_rows(rows[:0], sparse.csc_array(coef)).shape == (0, 4)


def test_a_copied_sparse_design_is_the_same():
    design, matrix = DESIGNS["sparse"](SHAPES["tall"](np.random.default_rng(0)))
    again = pickle.loads(pickle.dumps(design))
    np.testing.assert_array_equal(again.columns(np.arange(6)), matrix)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_scales_translate_there_and_back(fit_intercept):
    rng = np.random.default_rng(5)
    X = SHAPES["shifted and scaled"](rng)
    plain = DenseDesign(X)
    design = standardized(plain, *plain.moments(np.full(30, 1 / 30)), center=fit_intercept)
    coef, intercept = rng.normal(size=(5, 2)), rng.normal(size=2)
    raw, raw_intercept = design.to_original(coef, intercept)
    np.testing.assert_allclose(
        X @ raw + raw_intercept, design.matvec(coef) + intercept, rtol=1e-11, atol=1e-11
    )
    again = design.from_original(raw, raw_intercept)
    np.testing.assert_allclose(again[0], coef, rtol=1e-14)
    np.testing.assert_allclose(again[1], intercept, rtol=1e-11)


def test_standardised_columns_have_mean_0_and_variance_1():
    weights = np.random.default_rng(6).random(30)
    weights /= weights.sum()
    X = SHAPES["constant columns"](np.random.default_rng(0))
    plain = DenseDesign(X)
    mean, variance = standardized(plain, *plain.moments(weights)).moments(weights)
    np.testing.assert_allclose(mean, np.zeros(5), atol=1e-15)
    np.testing.assert_allclose(variance, [1, 0, 1, 0, 1], rtol=1e-14)


def test_wrappers_compose():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(20, 3))
    inner = StandardizedDesign(DenseDesign(X), np.array([1.0, 2, 3]), np.array([2.0, 0.5, 4]))
    outer = StandardizedDesign(inner, np.array([-1.0, 0, 5]), np.array([3.0, 1, 0.1]))
    matrix = ((X - [1, 2, 3]) / [2, 0.5, 4] - [-1, 0, 5]) / [3, 1, 0.1]
    layout = outer.layout()
    np.testing.assert_allclose((layout.array - layout.center) / layout.scale, matrix, **ROUNDING)
    coef = rng.normal(size=(3, 1))
    np.testing.assert_allclose(outer.matvec(coef), matrix @ coef, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("n", [2, 1000, 300_000])
@pytest.mark.parametrize("value", [0.1, 1e5 + 1 / 3, -1e-200])
def test_a_constant_column_of_any_length_has_no_variance(n, value):
    X = np.full((n, 1), value)
    for weights in (np.full(n, 1 / n), np.random.default_rng(0).dirichlet(np.ones(n))):
        mean, variance = DenseDesign(X).moments(weights)
        assert mean[0] == pytest.approx(value, rel=1e-15)
        assert variance[0] == 0.0


def test_moments_survive_a_mean_far_from_zero():
    rng = np.random.default_rng(8)
    deviation = rng.normal(size=(1000, 1))
    X = deviation + 2.0**33
    exact = (X - 2.0**33).var()
    _, variance = DenseDesign(X).moments(np.full(1000, 1e-3))
    assert variance[0] == pytest.approx(exact, rel=1e-9)
