"""Faults of a sparse design matrix: numbers 1, 3, 7, 8 and 15 to 18 of docs/trust.md."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse
from tests.elastic_net.robust.ways_in import ALL, assert_close, coef_of, data_for

from bridle import ElasticNet, _core, elastic_net_path
from bridle.elastic_net.design import SparseDesign, design_of
from bridle.elastic_net.design.compressed import compressed_columns
from bridle.errors import DataTypeError, DataWarning, InputError

every_way = pytest.mark.parametrize("way", ALL)
every_format = pytest.mark.parametrize("form", [sparse.csc_array, sparse.csr_array])


def thin_data(way):
    X, y = data_for(way)
    X[np.random.default_rng(3).random(X.shape) < 0.4] = 0.0
    return X, y


@pytest.mark.fault(1)
@every_way
@every_format
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite_names_column_count_and_row(way, form, bad):
    X, y = thin_data(way)
    X[[3, 7], 2] = bad
    with pytest.raises(InputError, match="column 2 has 2, the first at row 3"):
        ALL[way](form(X), y)


@pytest.mark.fault(1)
@every_format
def test_not_finite_at_predict(form):
    X, y = thin_data("ElasticNet")
    model = ElasticNet(0.05).fit(form(X), y)
    X[5, 1] = np.nan
    with pytest.raises(InputError, match="column 1 has 1, the first at row 5"):
        model.predict(form(X))


@pytest.mark.fault(3)
@every_way
@every_format
@pytest.mark.parametrize("dtype", [complex, object])
def test_what_is_no_real_number_is_refused(way, form, dtype):
    X, y = thin_data(way)
    made = form(X).astype(complex)
    if dtype is object:
        made = form(X)
        made.data = made.data.astype(object)
    with pytest.raises((DataTypeError, InputError), match=r"real numbers|Complex"):
        ALL[way](made, y)


@pytest.mark.fault(7)
@every_way
def test_constant_and_empty_columns_get_exactly_0_and_are_reported(way):
    X, y = thin_data(way)
    X[:, 1], X[:, 3] = 0.1, 0.0
    with pytest.warns(DataWarning, match="2 columns of X are constant: 1, 3"):
        fitted = ALL[way](sparse.csr_array(X), y, standardize=True)
    assert np.all(coef_of(fitted)[[1, 3]] == 0)


@pytest.mark.fault(8)
@every_way
def test_duplicate_columns_are_flagged(way):
    X, y = thin_data(way)
    X[:, 4] = X[:, 1]
    with pytest.warns(DataWarning, match="a repetition of another, for instance 4 of 1"):
        ALL[way](sparse.csc_array(X), y)


# --- Item 15: entries that occur twice, indices out of order


def disordered(X, form):
    """Return X with every entry in two halves and the entries of a row or column backwards."""
    exact = form(X)
    ends = exact.indptr
    order = np.concatenate([np.arange(b - 1, a - 1, -1) for a, b in pairwise(ends)])
    twice = np.repeat(order, 2)
    return form((exact.data[twice] / 2, exact.indices[twice], 2 * ends), shape=X.shape)


@pytest.mark.fault(15)
@every_way
@every_format
def test_duplicate_entries_are_added_up_in_a_copy(way, form):
    X, y = thin_data(way)
    given = disordered(X, form)
    assert given.nnz == 2 * np.count_nonzero(X)
    before = [one.tobytes() for one in (given.data, given.indices, given.indptr)]
    fitted = ALL[way](given, y)
    assert [one.tobytes() for one in (given.data, given.indices, given.indptr)] == before
    assert_close(coef_of(fitted), coef_of(ALL[way](X, y)), 1e-9)


@pytest.mark.fault(15)
def test_a_flag_that_lies_is_not_believed():
    X, y = thin_data("ElasticNet")
    given = disordered(X, sparse.csc_array)
    given.has_sorted_indices = True
    given.has_canonical_format = True
    exact = ElasticNet(0.05, tol=1e-12).fit(X, y)
    assert_close(ElasticNet(0.05, tol=1e-12).fit(given, y).coef_, exact.coef_, 1e-9)


def test_what_is_in_order_is_read_where_it_lies():
    X, _ = thin_data("ElasticNet")
    given = sparse.csc_array(X)
    held = design_of(given)
    assert isinstance(held, SparseDesign)
    read = compressed_columns(given)
    for name in ("data", "indices", "indptr"):
        assert np.shares_memory(getattr(read, name), getattr(given, name))


# --- Item 16: arrays that do not describe a matrix


def _set(X, name, place, value):
    array = getattr(X, name).copy()
    array[place] = value
    setattr(X, name, array)


FAULTS = {
    "index beyond the last": lambda X: _set(X, "indices", 4, 10_000),
    "negative index": lambda X: _set(X, "indices", 4, -1),
    "pointers fall": lambda X: _set(X, "indptr", 2, X.indptr[1] - 1),
    "pointers far beyond": lambda X: _set(X, "indptr", 2, 2**31 - 1),
    "last pointer beyond the entries": lambda X: _set(X, "indptr", -1, X.nnz + 1),
    "first pointer not 0": lambda X: _set(X, "indptr", 0, 1),
    "pointers missing": lambda X: setattr(X, "indptr", X.indptr[:-1]),
}


@pytest.mark.fault(16)
@every_way
@every_format
@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_indices_are_refused(way, form, fault):
    X, y = thin_data(way)
    given = form(X)
    FAULTS[fault](given)
    with pytest.raises(
        InputError, match=r"X must have (row|column) indices|X\.indptr must increase"
    ):
        ALL[way](given, y)


@pytest.mark.fault(16)
def test_wrong_coordinates_are_refused():
    X, y = thin_data("ElasticNet")
    given = sparse.coo_array(X)
    given.coords = (np.where(np.arange(given.nnz) == 3, 99, given.row), given.col)
    with pytest.raises(InputError, match=r"row indices in \[0, 40\).*Received: 99 at entry 3"):
        ElasticNet().fit(given, y)


@pytest.mark.fault(16)
def test_wrong_indices_at_predict_are_refused():
    X, y = thin_data("ElasticNet")
    model = ElasticNet(0.05).fit(X, y)
    given = sparse.csr_array(X)
    _set(given, "indices", 0, 10_000)
    with pytest.raises(InputError, match="X must have column indices"):
        model.predict(given)


# --- Item 17: more than 2^31 numbers


@pytest.mark.fault(17)
def test_more_than_2_to_the_31_numbers():
    n, p = 70_000, 40_000
    assert n * p > 2**31
    rng = np.random.default_rng(0)
    columns = np.sort(rng.choice(p, 50, replace=False))
    columns[-1] = p - 1
    rows = np.sort(rng.choice(n, (50, 30)), axis=1)
    rows += np.arange(30)  # so that none occurs twice
    rows[:, -1] = n + 99
    counts = np.zeros(p, dtype=np.int64)
    counts[columns] = 30
    data = rng.normal(size=50 * 30)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    shape = (n + 100, p)
    wide = sparse.csc_array((data, rows.ravel().astype(np.int64), indptr), shape=shape)
    used = wide[:, columns].toarray()
    y = used @ rng.normal(size=50) + 0.01 * rng.normal(size=n + 100)
    fit = partial(elastic_net_path, alphas=[1e-5], tol=1e-12)
    with pytest.warns(DataWarning, match="constant"):
        path = fit(wide, y)
    exact = fit(used, y)
    found = path.coefs[0].toarray()[columns]
    assert_close(found, exact.coefs[0].toarray(), 1e-8)
    assert np.count_nonzero(path.coefs[0].toarray()) == np.count_nonzero(found)


@pytest.mark.fault(17)
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_indices_keep_their_type(index):
    X, _ = thin_data("ElasticNet")
    given = sparse.csc_array(X)
    given.indices, given.indptr = given.indices.astype(index), given.indptr.astype(index)
    design = design_of(given)
    out = np.empty((5, 1))
    _core.products(design.layout().array, np.arange(5), np.ones((40, 1)), out)
    np.testing.assert_allclose(out[:, 0], X.sum(axis=0), rtol=1e-13)


# --- Item 18: however it is stored


def _mapped(array, folder, name):
    np.save(folder / name, array)
    return np.load(folder / name, mmap_mode="r")


def _read_only(array):
    array.setflags(write=False)
    return array


STORED = {
    "read-only": lambda one, name, folder: _read_only(one.copy()),
    "read-only memory map": lambda one, name, folder: _mapped(one, folder, f"{name}.npy"),
    "byte-swapped": lambda one, name, folder: one.astype(one.dtype.newbyteorder()),
    "every second": lambda one, name, folder: np.repeat(one, 2)[::2],
    "negative strides": lambda one, name, folder: one[::-1].copy()[::-1],
    "unaligned": lambda one, name, folder: np.frombuffer(b"x" + one.tobytes(), one.dtype, offset=1),
}


@pytest.mark.fault(18)
@every_way
@every_format
@pytest.mark.parametrize("kind", STORED)
def test_however_it_is_stored_it_is_read_right_and_never_written(way, form, kind, tmp_path):
    X, y = thin_data(way)
    given = form(X)
    for name in ("data", "indices", "indptr"):
        setattr(given, name, STORED[kind](getattr(given, name), name, tmp_path))
    before = [getattr(given, name).tobytes() for name in ("data", "indices", "indptr")]
    fitted = ALL[way](given, y)
    assert [getattr(given, name).tobytes() for name in ("data", "indices", "indptr")] == before
    assert_close(coef_of(fitted), coef_of(ALL[way](X, y)), 1e-9)
