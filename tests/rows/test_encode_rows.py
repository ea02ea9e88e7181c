"""Laws of categories in rows that are not in memory: levels, order and design are those of memory."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from sklearn.base import clone
from tests.rows.mixed_tables import CollectScan, mixed_table, write_pieces

from bridle import ElasticNet, ElasticNetClassifier, ElasticNetCV, ElasticNetPenalty
from bridle.errors import DataTypeError, DataWarning, InputError
from bridle.rows.hashed_folds import fold_of_rows
from bridle.rows.rows_of import rows_of

MODEL = ElasticNet(alpha=0.05, standardize=True)


def fitted(X, y, model=MODEL, **arguments):
    return clone(model).fit(X, y, **arguments)


def apart(table):
    """Return the features of a table and its target."""
    return table.drop_columns("y"), table["y"].to_numpy()


def is_same(found, expected):
    size = np.abs(expected.coef_).max()
    return (
        found.encoding_ == expected.encoding_
        and [*found.feature_names_in_] == [*expected.feature_names_in_]
        and found.n_features_in_ == expected.n_features_in_
        and np.abs(found.coef_ - expected.coef_).max() <= 1e-10 * size
    )


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("seed", range(6))
def test_levels_and_design_are_those_of_memory(tmp_path, seed, ending):
    table = mixed_table(seed, dictionaries=ending == "parquet")
    path = write_pieces(table, tmp_path, ending)
    if ending == "csv":
        table = pd.concat(map(pd.read_csv, sorted(path.iterdir())))
        features, y = table.drop(columns="y"), table["y"].to_numpy()
    else:
        # Parquet has no categories that are numbers.
        features, y = apart(pyarrow.parquet.read_table(path))
    found, expected = fitted(path, "y"), fitted(features, y)
    assert is_same(found, expected)
    assert found.n_scans_ == 3
    source = rows_of(path, "y").encoded(found.encoding_)
    design = np.concatenate(source.scan(CollectScan(len(found.coef_)), lambda share: None))
    assert np.array_equal(design, expected.encoding_.apply(features))
    lazily = found.predict(path).read_all()["prediction"].to_numpy()
    assert np.allclose(lazily, found.predict(features), rtol=0, atol=1e-12)
    assert found.score(path, "y") == pytest.approx(found.score(features, y), abs=1e-12)


def test_a_cross_validation_and_two_classes_are_those_of_memory(tmp_path):
    table = mixed_table(3).drop_columns("stage")
    features, y = apart(table)
    rows = np.arange(len(y), dtype=np.uint64)
    fold = fold_of_rows(rows, 3, 0)
    pairs = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(3)]
    path = write_pieces(table, tmp_path, "parquet")
    model = ElasticNetCV(alphas=[2.0, 0.5, 0.1, 0.01, 1e-4], cv=3, l1_ratio=[0.5, 0.9])
    found = fitted(path, "y", model)
    expected = fitted(features, y, clone(model).set_params(cv=pairs))
    assert is_same(found, expected)
    assert np.allclose(found.scores_, expected.scores_, rtol=1e-10)
    # A level that some fold lacks takes no further scan.
    assert found.n_scans_ == 3
    place = table.column_names.index("y")
    table = table.set_column(place, "y", pa.array((y > np.median(y)).astype(float)))
    (tmp_path / "classes").mkdir()
    path = write_pieces(table, tmp_path / "classes", "parquet")
    model = ElasticNetClassifier(alpha=0.02, tol=1e-10)
    found, expected = fitted(path, "y", model), fitted(*apart(table), model)
    assert found.encoding_ == expected.encoding_
    assert np.abs(found.coef_ - expected.coef_).max() <= 1e-4 * np.abs(expected.coef_).max()
    assert found.score(path, "y") == pytest.approx(found.score(*apart(table)), abs=1e-12)


def test_penalties_by_column_are_those_of_memory(tmp_path):
    table = mixed_table(4).drop_columns("stage")
    features, y = apart(table)
    factors = np.linspace(0.5, 2.0, features.num_columns)
    model = ElasticNet(alpha=0.05, penalty=ElasticNetPenalty(0, 0, factors=factors, lower=-0.7))
    found = fitted(write_pieces(table, tmp_path, "parquet"), "y", model)
    assert is_same(found, fitted(features, y, model))


def test_no_scan_is_spent_on_numbers(tmp_path):
    table = mixed_table(0).select(["dose", "visits", "is_old", "y"])
    path = write_pieces(table, tmp_path, "parquet")
    model = fitted(path, "y")
    assert model.n_scans_ == 2
    assert "encoding_" not in vars(model)


def test_text_of_numbers_is_numbers_however_many(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=2500)
    table = pa.table({"x": [f" {value!r}" for value in x.tolist()], "y": x + rng.normal(size=2500)})
    found = fitted(write_pieces(table, tmp_path, "parquet"), "y")
    assert "encoding_" not in vars(found)
    expected = fitted(x[:, None], table["y"].to_numpy())
    assert found.coef_ == pytest.approx(expected.coef_, rel=1e-10)


def test_files_may_hold_a_column_in_different_forms(tmp_path):
    """As text, as categories, as ones whose levels have another order, and without any value."""
    rng = np.random.default_rng(1)
    texts = [None, *rng.choice(["b", "a", "c"], 99).tolist()]
    forms = [
        pa.array(texts),
        pa.array(texts, pa.large_string()),
        pa.array(texts).dictionary_encode(),
        pa.array(texts[::-1]).dictionary_encode(),
        pa.array([None] * 100),
    ]
    parts = [pa.table({"t": form, "y": rng.normal(size=100)}) for form in forms]
    for number, part in enumerate(parts):
        pyarrow.parquet.write_table(part, tmp_path / f"{number}.parquet")
    found = fitted(tmp_path, "y")
    assert found.encoding_.names == ("t=a", "t=b", "t=c", "t=(missing)")
    same = [part.set_column(0, "t", part["t"].cast(pa.string())) for part in parts]
    assert is_same(found, fitted(*apart(pa.concat_tables(same))))


@pytest.mark.parametrize("seed", range(3))
def test_threads_and_pieces_do_not_change_the_levels(tmp_path, seed):
    table = mixed_table(seed)
    for files in (1, 5):
        (tmp_path / str(files)).mkdir()
    one, five = (
        write_pieces(table, tmp_path / str(files), "parquet", files=files) for files in (1, 5)
    )
    model = ElasticNetCV(alphas=[0.1], cv=2)
    fits = [
        fitted(one, "y", model),
        fitted(five, "y", clone(model).set_params(n_jobs=1)),
        fitted(five, "y", clone(model).set_params(n_jobs=3)),
    ]
    assert fits[0].encoding_ == fits[1].encoding_ == fits[2].encoding_
    assert np.array_equal(fits[1].coef_, fits[2].coef_)


def test_a_stream_of_arrow_has_the_levels_of_its_table():
    table = mixed_table(2)

    class Query:
        def __arrow_c_stream__(self, requested_schema=None):
            return table.to_reader(max_chunksize=17).__arrow_c_stream__(requested_schema)

    assert is_same(fitted(Query(), "y"), fitted(*apart(table)))


def test_new_levels_are_reported_and_are_0_in_all_columns(tmp_path):
    table = mixed_table(5).drop_columns("stage")
    path = write_pieces(table, tmp_path, "parquet")
    model = fitted(path, "y")
    place = table.column_names.index("town")
    new = table.set_column(place, "town", pa.array(["nowhere"] * table.num_rows))
    (tmp_path / "new").mkdir()
    other = write_pieces(new, tmp_path / "new", "parquet")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lazily = model.predict(other).read_all()["prediction"].to_numpy()
    said = str(caught[0].message)
    assert {warning.category for warning in caught} == {DataWarning}
    assert re.match("Column 'town' of X has 'nowhere' in .*part-0.parquet, row group 0", said)
    with pytest.warns(DataWarning):
        expected = model.predict(new.drop_columns("y"))
    assert np.allclose(lazily, expected, rtol=0, atol=1e-12)


def test_models_of_memory_predict_rows_elsewhere(tmp_path):
    table = mixed_table(1).drop_columns("stage")
    model = fitted(*apart(table))
    lazily = model.predict(write_pieces(table, tmp_path, "parquet")).read_all()["prediction"]
    expected = model.predict(table.drop_columns("y"))
    assert np.allclose(lazily.to_numpy(), expected, rtol=0, atol=1e-12)


REFUSED = {
    "dates": (
        [f"2024-01-{day:02}" for day in range(1, 29)] * 50,
        DataTypeError,
        "which is read as",
    ),
    "quantities": (["12 km", "15 km"] * 700, DataTypeError, "which is read as numbers"),
    "names of rows": ([f"row-{k}x" for k in range(1400)], InputError, "more in column 'x'"),
    "names of few rows": ([f"r{k}x" for k in range(800)], InputError, "800 different texts in 800"),
    "too many": ([f"u{k % 1001}x" for k in range(4000)], InputError, "more in column 'x'"),
    "a slip among numbers": (
        [*map(str, range(1, 60)), "1.5.2"] * 20,
        DataTypeError,
        "is among numbers",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_memory_refuses_is_refused_and_named(tmp_path, kind):
    texts, error, words = REFUSED[kind]
    table = pa.table({"x": texts, "z": np.arange(len(texts)) % 7, "y": np.arange(len(texts)) % 5})
    with pytest.raises(error, match="column 'x'") as of_memory:
        fitted(*apart(table))
    with pytest.raises(error, match=words) as found:
        fitted(write_pieces(table, tmp_path, "parquet"), "y")
    assert str(found.value) == str(of_memory.value) or "more in column" in str(found.value)


def test_other_types_and_missing_numbers_are_refused_and_named(tmp_path):
    text, other = pa.array(["a", "b"] * 20), pa.array([1, 2] * 20)
    for number, column in enumerate((text, other)):
        part = pa.table({"x": column, "y": np.arange(40.0)})
        pyarrow.parquet.write_table(part, tmp_path / f"{number}.parquet")
    with pytest.raises(
        DataTypeError, match=r"'x' must hold text everywhere.*int64 in .*1\.parquet"
    ):
        fitted(tmp_path, "y")
    with pytest.raises(DataTypeError, match="Column 'x' must hold numbers"):
        fitted(tmp_path, "x")
    gone = pa.table({"x": text, "z": [None, *range(39)], "y": np.arange(40.0)})
    with pytest.raises(InputError, match=r"Column 'z' must hold finite numbers.*1 missing"):
        fitted(pyarrow.dataset.dataset(gone), "y")
    empty = gone.set_column(1, "z", pa.array([None] * 40, pa.string()))
    with pytest.raises(InputError, match=r"Column 'z' must hold finite numbers.*40 missing"):
        fitted(pyarrow.dataset.dataset(empty), "y")
