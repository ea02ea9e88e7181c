"""Fits of rows that are elsewhere: the same numbers as in memory, the same bits whoever reads."""

from __future__ import annotations

import warnings

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pytest
from tests.rows.tables import TABLES, Rows, as_table, write_parquet

from bridle import ElasticNet, ElasticNetCV, ElasticNetPenalty
from bridle.elastic_net.streaming.moment_scan import FoldsByHash, MomentScan
from bridle.elastic_net.streaming.reader import estimate_bytes
from bridle.errors import DataWarning, InputError
from bridle.rows.hashed_folds import fold_of_groups, fold_of_rows
from bridle.rows.rows_of import rows_of

pytestmark = pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")


def pairs(rows: Rows, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the folds by hash, for a cross-validation in memory."""
    if rows.groups is None:
        fold = fold_of_rows(np.arange(len(rows.target), dtype=np.uint64), folds, seed)
    else:
        fold = fold_of_groups(rows.groups.tolist(), folds, seed)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def names(rows: Rows) -> dict[str, str]:
    return {} if rows.weights is None else {"sample_weight": "weight"}


@pytest.mark.parametrize(
    ("name", "standardize", "intercept"),
    [
        *((name, True, True) for name in TABLES),
        *(("far means", *pair) for pair in ((True, False), (False, True), (False, False))),
        *(("weights", *pair) for pair in ((True, False), (False, True), (False, False))),
    ],
)
def test_cross_validation_equals_that_in_memory(tmp_path, name, standardize, intercept):
    rows = TABLES[name]
    options = {
        "l1_ratio": [0.5, 0.9],
        "alphas": 12,
        "standardize": standardize,
        "fit_intercept": intercept,
    }
    grouped = {} if rows.groups is None else {"groups": "group"}
    found = ElasticNetCV(cv=4, random_state=2, **options).fit(
        write_parquet(rows, tmp_path), "y", **names(rows), **grouped
    )
    expected = ElasticNetCV(cv=pairs(rows, 4, 2), **options).fit(
        rows.matrix, rows.target, sample_weight=rows.weights
    )
    sizes = np.sqrt(np.mean(rows.matrix**2, axis=0))
    assert found.alpha_ == pytest.approx(expected.alpha_, rel=1e-10)
    assert found.l1_ratio_ == expected.l1_ratio_
    assert np.allclose(found.scores_, expected.scores_, rtol=1e-10, atol=0)
    change = np.abs((found.coef_ - expected.coef_) * sizes).max()
    assert change <= 1e-10 * np.abs(expected.coef_ * sizes).max()
    assert found.certificate_.meets(1e-6)
    assert found.n_rows_ == expected.n_rows_
    assert found.deviance_explained_ == pytest.approx(expected.deviance_explained_, abs=1e-8)


@pytest.mark.parametrize("name", ["plain", "weights", "constant"])
def test_one_strength_equals_that_in_memory(tmp_path, name):
    rows = TABLES[name]
    shape = ElasticNetPenalty(0.0, 0.0, factors=np.linspace(0.5, 2.0, 6), upper=np.full(6, 0.8))
    model = ElasticNet(alpha=0.2, l1_ratio=0.7, penalty=shape, standardize=True)
    found = model.fit(write_parquet(rows, tmp_path), "y", **names(rows)).coef_
    expected = model.fit(rows.matrix, rows.target, sample_weight=rows.weights).coef_
    assert np.abs(found - expected).max() <= 1e-10
    assert found.max() <= 0.8


def test_threads_do_not_change_a_bit(tmp_path):
    path = write_parquet(TABLES["plain"], tmp_path, files=4, group=60)
    fits = [ElasticNetCV(alphas=8, n_jobs=jobs).fit(path, "y") for jobs in (1, 2, 5)]
    for one in fits[1:]:
        assert np.array_equal(one.coef_, fits[0].coef_)
        assert np.array_equal(one.scores_, fits[0].scores_)
        assert one.certificate_ == fits[0].certificate_


def test_folds_do_not_depend_on_the_files(tmp_path):
    rows = TABLES["plain"]
    for number in (1, 5):
        (tmp_path / str(number)).mkdir()
    first, second = (
        ElasticNetCV(alphas=8).fit(write_parquet(rows, tmp_path / str(files), files, group), "y")
        for files, group in ((1, 900), (5, 77))
    )
    assert np.allclose(first.scores_, second.scores_, rtol=1e-12)


def test_scans_are_counted(tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "far").mkdir()
    plain = write_parquet(TABLES["plain"], tmp_path / "plain")
    assert ElasticNetCV(alphas=[0.1, 0.01]).fit(plain, "y").n_scans_ == 2
    rows = TABLES["plain"]
    # A first block whose mean is far from that of all rows, and is not part of any fold's sums.
    weights = np.where(np.arange(900) < 170, 0.0, 1.0)
    features = rows.features | {"x0": np.where(weights == 0, 1e6, rows.features["x0"])}
    far = write_parquet(Rows(features, rows.target, weights), tmp_path / "far", files=1)
    model = ElasticNetCV(alphas=[0.1, 0.01], cv=3).fit(far, "y", sample_weight="weight")
    assert model.n_scans_ == 3
    expected = ElasticNet(alpha=model.alpha_).fit(
        Rows(features, rows.target).matrix[170:], rows.target[170:]
    )
    assert np.abs(model.coef_ - expected.coef_).max() <= 1e-9


@pytest.mark.parametrize("name", TABLES)
def test_sums_merge_in_any_grouping(name):
    rows = TABLES[name]
    table = as_table(rows)
    source = rows_of(
        pyarrow.dataset.dataset(table),
        "y",
        None if rows.weights is None else "weight",
        None if rows.groups is None else "group",
    )
    found = source.scan(
        MomentScan(6 if "x5" in rows.features else 3, FoldsByHash(3, 0)), lambda share: None
    )
    weights = np.ones(len(rows.target)) if rows.weights is None else rows.weights
    z = np.column_stack([rows.matrix, rows.target]) - found.shift
    z = np.column_stack([z, np.ones(len(z))])
    if rows.groups is None:
        fold = fold_of_rows(np.arange(len(z), dtype=np.uint64), 3, 0)
    else:
        fold = fold_of_groups(rows.groups.tolist(), 3, 0)
    for k in range(3):
        mine = fold == k
        expected = np.triu((z[mine] * weights[mine, None]).T @ z[mine])
        size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        assert np.all(np.abs(np.triu(found.sums[k]) - expected) <= 1e-12 * size + 1e-300)


def test_more_folds_than_rows_have_a_fold_without_rows(tmp_path):
    path = write_parquet(TABLES["few rows"], tmp_path)
    with pytest.raises(InputError, match=r"in every fold.*Use fewer folds"):
        ElasticNetCV(cv=40).fit(path, "y")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"cv": 1}, "cv must be a number of folds"),
        ({"cv": [([0], [1])]}, "cv must be a number of folds"),
        ({"scoring": "r2"}, "scoring must be None"),
        ({"keep_coefs": True}, "keep_coefs must be False"),
        ({"rule": "best"}, "rule must be"),
        ({"l1_ratio": [0.0, 1.0]}, r"l1_ratio must be in \(0, 1\]"),
        ({"penalty": ElasticNetPenalty(0, 0, factors=[0, 1, 1, 1, 1, 1])}, "factor 0 for 'x0'"),
        ({"random_state": np.random.RandomState(0)}, "random_state must be None or an integer"),
    ],
)
def test_parameters_that_rows_elsewhere_do_not_allow(tmp_path, parameters, words):
    path = write_parquet(TABLES["few rows"], tmp_path)
    with pytest.raises(InputError, match=words):
        ElasticNetCV(**{"alphas": 3, "cv": 2, **parameters}).fit(path, "y")


def test_sizes_beyond_what_squares_allow_are_refused(tmp_path):
    rows = TABLES["few rows"]
    path = write_parquet(
        Rows(rows.features | {"x1": rows.features["x1"] * 1e200}, rows.target), tmp_path
    )
    with pytest.raises(InputError, match=r"1e-60 to 1e60.*'x1'"):
        ElasticNet().fit(path, "y")


def test_too_many_features_are_refused_before_the_rows_are_read():
    names = [f"x{j}" for j in range(10_001)]
    empty = pa.table({name: np.empty(0) for name in [*names, "y"]})
    with pytest.raises(InputError, match=r"at most 10,000 features.*10,001"):
        ElasticNet().fit(pyarrow.dataset.dataset(empty), "y")


def test_the_best_strength_at_the_end_of_the_grid_is_reported(tmp_path):
    path = write_parquet(TABLES["plain"], tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ElasticNetCV(alphas=[10.0, 1.0]).fit(path, "y")
    assert [one.category for one in caught] == [DataWarning]
    assert caught[0].filename == __file__


def test_the_estimate_grows_with_folds_and_threads():
    assert estimate_bytes(50, 10, 2) < estimate_bytes(50, 20, 2) < estimate_bytes(50, 20, 4)
    assert estimate_bytes(2000, 10, 2) >= 8 * 10 * 2 * 2000**2
