"""Laws of scanned tables with text, categories and missing values: the preparation is that of memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from tests.rows.mixed_tables import CollectScan, write_pieces

import bridle
from bridle.elastic_net.streaming.moment_scan import FoldsByHash
from bridle.elastic_net.streaming.reader import Reader
from bridle.errors import InputError
from bridle.rows.hashed_folds import fold_of_rows
from bridle.rows.rows_of import rows_of
from bridle.rows.scans.median_scan import exact_medians
from bridle.workbench.data.dataset import make_dataset
from bridle.workbench.data.preparation import fit_preparation
from bridle.workbench.data.read_table import read_table
from bridle.workbench.model.by_scans.fit_by_scans import fit_by_scans, scanned_arm
from bridle.workbench.model.by_scans.learnt_columns import learn_columns
from bridle.workbench.model.by_scans.scanned_table import NeedsWholeTableError, ScannedTable

pytestmark = pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")

CITIES = ["Bern", "bern", " Bern", "Genf", "Zürich", "n/a", "unknown", "?", "Basel", "a=b"]


def table(seed: int) -> pa.Table:
    """Return a table with words for missing values, labels in several forms, and rare levels."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(120, 400))

    def some_missing(values, share):
        return pa.array(values, mask=rng.random(n) < share)

    city = rng.choice(CITIES, n, p=[0.3, 0.1, 0.1, 0.15, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05])
    city[rng.integers(0, n, 2)] = ["seen once", "seen once, too"]
    x = np.round(rng.normal(size=n), 1 if seed % 2 else 12) * 10.0 ** rng.integers(-3, 4)
    columns = {
        "x": some_missing(x, rng.choice([0.0, 0.1])),
        "nan": pa.array(np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n) + 7)),
        "whole": some_missing(rng.integers(-5, 50, n), 0.2),
        "open": some_missing(rng.random(n) < rng.random(), 0.15),
        "all": pa.array(rng.random(n) < 0.5),
        "city": some_missing(city, rng.choice([0.0, 0.1])),
        "grade": pa.array(rng.choice(["A", "B", "C"], n)).dictionary_encode(),
        "code": pa.array([f"0{k}" for k in rng.integers(0, 3, n)]),
        "same": pa.array(["one"] * n),
        "empty": pa.array([None] * n, pa.float64()),
        "city=Genf": pa.array(rng.normal(size=n)),
    }
    y = np.nan_to_num(x) / np.abs(x).max() + 0.4 * (city == "Genf") + rng.normal(size=n)
    names = rng.permutation(list(columns))
    return pa.table({**{name: columns[name] for name in names}, "y": y})


def prepared_in_memory(file):
    dataset = make_dataset(read_table(file), "y")
    preparation = fit_preparation(dataset.frame)
    return dataset, preparation, preparation.apply(dataset.frame)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("seed", range(5))
def test_preparation_and_model_are_those_of_memory(tmp_path, seed, ending):
    made = table(seed)
    if ending == "csv":
        # Codes and categories are not marked as such in text.
        made = made.drop_columns("code")
        made = made.set_column(
            made.column_names.index("grade"), "grade", made["grade"].cast(pa.string())
        )
    (tmp_path / "pieces").mkdir()
    path = write_pieces(made, tmp_path / "pieces", ending)
    if ending == "csv":
        file = tmp_path / "whole.csv"
        made.to_pandas().to_csv(file, index=False)
    else:
        file = tmp_path / "whole.parquet"
        pyarrow.parquet.write_table(made, file)
    dataset, preparation, X = prepared_in_memory(file)
    scanned = ScannedTable.open(path, "y")
    model = fit_by_scans(scanned, scanned_arm("elastic_net"))
    parts = model.parts
    assert parts.columns.rules == dict(dataset.rules)
    assert parts.feature_names == preparation.names
    assert np.array_equal(parts.preparation.kept, preparation.kept)
    for found, expected in zip(parts.preparation.blocks, preparation.blocks, strict=True):
        assert type(found) is type(expected)
        if found.__class__.__name__ == "Levels":
            assert found == expected
            continue
        assert (found.columns, found.marked) == (expected.columns, expected.marked)
        filled = dataset.frame[list(found.columns)].isna().any().to_numpy()
        assert np.array_equal(found.fill[filled], expected.fill[filled])
        np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(found.scale, expected.scale, rtol=1e-10)
    y = made["y"].to_numpy()
    fold = fold_of_rows(np.arange(len(y), dtype=np.uint64), 5, 0)
    memory = bridle.ElasticNetCV(
        l1_ratio=[0.1, 0.5, 0.9],
        alphas=20,
        eps=1e-3,
        cv=[(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(5)],
    ).fit(X, (y - y.mean()) / y.std())
    expected = y.mean() + y.std() * memory.predict(X)
    np.testing.assert_allclose(model.predict(read_table(file)), expected, atol=1e-9)


def test_blocks_are_the_prepared_matrix(tmp_path):
    made = table(2)
    path = write_pieces(made, tmp_path, "parquet")
    file = tmp_path.parent / f"{tmp_path.name}.parquet"
    pyarrow.parquet.write_table(made, file)
    _, preparation, X = prepared_in_memory(file)
    scanned = ScannedTable.open(path, "y")
    reader = Reader(scanned.source, FoldsByHash(1, 0), None)
    columns = learn_columns(scanned, reader)
    source = scanned.source.of_columns(scanned.source.columns.made(columns.names, columns.made_of))
    design = np.concatenate(source.scan(CollectScan(len(columns.names)), lambda share: None))
    mean = [b.mean if "mean" in vars(b) else np.zeros(len(b.names)) for b in preparation.blocks]
    scale = [b.scale if "scale" in vars(b) else np.ones(len(b.names)) for b in preparation.blocks]
    found = (design - np.concatenate(mean)) / np.concatenate(scale)
    assert np.array_equal(found[:, preparation.kept], X)


@pytest.mark.parametrize("kind", ["normal", "ties", "one value", "wide", "signs", "integers"])
@pytest.mark.parametrize("n", [1, 2, 9, 5001, 12000])
def test_medians_are_exact(tmp_path, kind, n):
    rng = np.random.default_rng(n)
    values = {
        "normal": rng.normal(size=n) + 5,
        "ties": np.round(rng.normal(size=n), 1),
        "one value": np.full(n, -0.1),
        "wide": rng.normal(size=n) * 10.0 ** rng.integers(-90, 90, n),
        "signs": np.where(rng.random(n) < 0.5, -0.0, 1e-300) * np.sign(rng.normal(size=n)),
        "integers": rng.integers(-(2**40), 2**40, n),
    }[kind]
    made = pa.table({"x": values, "y": values})
    path = write_pieces(made, tmp_path, "parquet", files=min(n, 3), group=1700)
    source, scans = rows_of(path, "y"), []

    def scan(asked):
        scans.append(asked)
        return source.scan(asked, lambda share: None)

    assert exact_medians(scan, {"x": n})["x"] == np.median(values)
    assert len(scans) <= 4


def test_missing_values_that_come_late_are_counted(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    made = pa.table(
        {"x": pa.array(x, mask=np.arange(400) == 399), "z": rng.normal(size=400), "y": x + 0.5}
    )
    path, lines = write_pieces(made, tmp_path, "parquet"), []
    model = fit_by_scans(ScannedTable.open(path, "y"), scanned_arm("lasso"), lines.append)
    assert "Values are missing, so that the columns are counted first." in lines
    assert model.parts.feature_names == ("x", "z", "x (missing)")
    assert model.parts.preparation.blocks[0].fill[0] == np.median(x[:399])


def test_files_that_hold_text_and_numbers_are_refused(tmp_path):
    for number, column in enumerate((["a", "b"] * 20, [1, 2] * 20)):
        part = pa.table({"x": column, "y": np.arange(40.0)})
        pyarrow.parquet.write_table(part, tmp_path / f"{number}.parquet")
    with pytest.raises(InputError, match=r"'x' must hold text in all files.*int64 in .*1\.parquet"):
        fit_by_scans(ScannedTable.open(tmp_path, "y"), scanned_arm("lasso"))


def test_a_saved_model_knows_levels_and_fills(tmp_path):
    made = table(4)
    path = write_pieces(made, tmp_path, "parquet")
    model = fit_by_scans(ScannedTable.open(path, "y"), scanned_arm("elastic_net"))
    model.save(tmp_path / "kept")
    new = made.to_pandas().drop(columns="y").iloc[:20].assign(city="Nirgendwo", x=None)
    loaded = bridle.load(tmp_path / "kept")
    assert np.array_equal(loaded.predict(new), model.predict(new))
    assert np.isfinite(loaded.predict(new)).all()
    assert isinstance(new, pd.DataFrame)


def test_codes_in_csv_are_not_read_as_numbers(tmp_path):
    file = tmp_path / "codes.csv"
    frame = pd.DataFrame(
        {"zip": ["01234", "8000"] * 30, "x": np.arange(60.0), "y": np.arange(60.0)}
    )
    frame.to_csv(file, index=False)
    assert make_dataset(read_table(file), "y").rules["zip"].kind == "category"
    with pytest.raises(
        NeedsWholeTableError, match=r"'zip' holds codes such as '01234'.*leave the column"
    ):
        ScannedTable.open(file, "y")
