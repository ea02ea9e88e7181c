"""Rows of files: formats, and errors that name the file, the row group and the column."""

from __future__ import annotations

import errno
import os

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.parquet
import pytest
from sklearn.exceptions import NotFittedError
from tests.rows.tables import TABLES, as_table, write_parquet

from bridle import ElasticNet, ElasticNetCV, MultiTaskElasticNet
from bridle.elastic_net.loss import CustomLoss
from bridle.errors import DataTypeError, InputError
from bridle.rows.engines.arrow import ArrowRows


@pytest.fixture
def table():
    return as_table(TABLES["plain"])


@pytest.fixture
def in_memory(table):
    return ElasticNet(alpha=0.1).fit(table.to_pandas().drop(columns="y"), table["y"].to_numpy())


def same(model, other):
    scale = np.abs(other.coef_).max()
    return np.abs(model.coef_ - other.coef_).max() <= 1e-10 * scale


@pytest.mark.parametrize("ending", ["parquet", "csv", "feather", "arrow"])
def test_formats_of_files(table, in_memory, tmp_path, ending):
    path = tmp_path / f"rows.{ending}"
    if ending == "parquet":
        pyarrow.parquet.write_table(table, path, row_group_size=100)
    elif ending == "csv":
        pyarrow.csv.write_csv(table, path)
    elif ending == "feather":
        pyarrow.feather.write_feather(table, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    assert same(ElasticNet(alpha=0.1).fit(path, "y"), in_memory)
    assert same(ElasticNet(alpha=0.1).fit(str(tmp_path), "y"), in_memory)


def test_folders_whose_names_are_values(table, in_memory, tmp_path):
    where = table.append_column("site", pa.array(np.arange(table.num_rows) % 2))
    pyarrow.dataset.write_dataset(
        where, tmp_path, format="parquet", partitioning=["site"], partitioning_flavor="hive"
    )
    model = ElasticNet(alpha=0.1).fit(tmp_path, "y")
    frame = where.to_pandas().sort_values("site", kind="stable")
    expected = ElasticNet(alpha=0.1).fit(frame.drop(columns="y"), frame["y"])
    assert same(model, expected)
    assert model.feature_names_in_.tolist() == expected.feature_names_in_.tolist()


@pytest.mark.parametrize("kind", ["table", "polars", "pandas"])
def test_anything_that_streams_arrow(table, in_memory, kind):
    given = {
        "table": lambda: table,
        "polars": lambda: __import__("polars").from_arrow(table),
        "pandas": table.to_pandas,
    }
    assert same(ElasticNet(alpha=0.1).fit(given[kind](), "y"), in_memory)


def test_predictions_are_made_when_they_are_asked_for(table, tmp_path):
    path = write_parquet(TABLES["plain"], tmp_path)
    model = ElasticNetCV(alphas=5, cv=3).fit(path, "y")
    reader = model.predict(path)
    assert isinstance(reader, pa.RecordBatchReader)
    found = reader.read_all()["prediction"].to_numpy()
    assert np.allclose(
        found, model.predict(table.to_pandas().drop(columns="y")), rtol=0, atol=1e-12
    )


def changed(folder, name, values, file=1):
    """Replace a column of one file, which has row groups of 170 rows."""
    path = folder / f"part-{file}.parquet"
    table = pyarrow.parquet.read_table(path)
    index = table.schema.get_field_index(name)
    table = table.set_column(index, name, pa.array(values(table[name].to_numpy().copy())))
    pyarrow.parquet.write_table(table, path, row_group_size=170)


def with_nan(values):
    values[200] = np.nan
    return values


def with_inf(values):
    values[7] = -np.inf
    return values


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (with_nan, InputError, ["'x2'", "nan", "part-1.parquet, row group 1", "row 30"]),
        (with_inf, InputError, ["'x2'", "-inf", "part-1.parquet, row group 0", "row 7"]),
        (
            lambda values: [None, *values[1:]],
            InputError,
            ["'x2'", "1 missing", "part-1.parquet, row group 0"],
        ),
        (
            lambda values: values.astype(str),
            DataTypeError,
            ["'x2'", "double in", "text in", "part-1.parquet"],
        ),
    ],
)
def test_unusable_values_are_named_with_their_place(tmp_path, values, error, words):
    write_parquet(TABLES["plain"], tmp_path)
    changed(tmp_path, "x2", values)
    with pytest.raises(error) as caught:
        ElasticNet().fit(tmp_path, "y")
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.fault(90)
def test_a_file_that_lacks_a_column_is_named(tmp_path):
    write_parquet(TABLES["plain"], tmp_path)
    path = tmp_path / "part-2.parquet"
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(path).drop_columns(["x4"]), path)
    with pytest.raises(InputError, match=r"part-2\.parquet .*no column 'x4'"):
        ElasticNet().fit(tmp_path, "y")


@pytest.mark.fault(90)
def test_a_file_without_rows_changes_nothing(table, in_memory, tmp_path):
    write_parquet(TABLES["plain"], tmp_path)
    pyarrow.parquet.write_table(table.slice(0, 0), tmp_path / "part-0a.parquet")
    assert same(ElasticNet(alpha=0.1).fit(tmp_path, "y"), in_memory)


def test_a_broken_file_is_named(tmp_path):
    write_parquet(TABLES["plain"], tmp_path)
    (tmp_path / "part-1.parquet").write_bytes(b"PAR1 and then nothing PAR1")
    with pytest.raises(InputError, match=r"[Pp]arquet"):
        ElasticNet().fit(tmp_path, "y")


@pytest.mark.fault(91)
@pytest.mark.parametrize("fails", ["first scan", "second scan"])
def test_rows_that_end_on_the_way_leave_no_model(tmp_path, monkeypatch, fails):
    """The second scan computes residuals, when the coefficients are known."""
    path = write_parquet(TABLES["plain"], tmp_path)
    model = ElasticNet(alpha=0.1).fit(path, "y")
    scans = []

    def scan(self, *given, own=ArrowRows.scan, **named):
        scans.append(1)
        if len(scans) == (1 if fails == "first scan" else 2):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return own(self, *given, **named)

    monkeypatch.setattr(ArrowRows, "scan", scan)
    with pytest.raises(OSError, match="No space left"):
        model.fit(path, "y")
    with pytest.raises(NotFittedError):
        model.predict(path)


OWN = CustomLoss(
    lambda eta, y: np.logaddexp(eta - y, y - eta),
    lambda eta, y: np.tanh(eta - y),
    lambda eta, y: 1 - np.tanh(eta - y) ** 2,
    smoothness=1.0,
)


@pytest.mark.parametrize(
    ("give", "words"),
    [
        (lambda model, path: model.fit(path, "z"), ["target column 'z'", "'y'"]),
        (
            lambda model, path: model.fit(path, np.zeros(3)),
            ["y must be the name of a column", "ndarray"],
        ),
        (lambda model, path: model.fit(path, "y", sample_weight=[1.0]), ["sample_weight", "list"]),
        (lambda model, path: model.fit(path, "y", sample_weight="v"), ["sample_weight column 'v'"]),
        (lambda model, path: model.fit(path, "y", offset="x1"), ["offset must be None"]),
        (
            lambda model, path: model.fit(path / "nothing.parquet", "y"),
            ["nothing.parquet", "does not exist"],
        ),
        (
            lambda model, path: model.set_params(loss=OWN).fit(path, "y"),
            ["loss must be a loss with a kernel", "CustomLoss"],
        ),
        (
            lambda model, path: model.set_params(loss="huber").fit(path, "y"),
            ["loss must be one whose best intercept follows from the mean", "huber"],
        ),
        (
            lambda model, path: model.set_params(l1_ratio=0).fit(path, "y"),
            ["l1_ratio must be in (0, 1]"],
        ),
        (lambda model, path: model.set_params(alpha=0).fit(path, "y"), ["alpha must be above 0"]),
    ],
)
def test_arguments_that_rows_elsewhere_do_not_allow(tmp_path, give, words):
    path = write_parquet(TABLES["plain"], tmp_path)
    with pytest.raises(InputError) as caught:
        give(ElasticNet(), path)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_filtered_dataset_is_refused(tmp_path):
    write_parquet(TABLES["plain"], tmp_path)
    filtered = pyarrow.dataset.dataset(tmp_path).filter(pyarrow.dataset.field("x0") > 0)
    with pytest.raises(InputError, match="filtered"):
        ElasticNet().fit(filtered, "y")


@pytest.mark.parametrize("weights", [None, "x5"])
def test_scores_need_one_scan(table, in_memory, tmp_path, weights):
    table = table.set_column(5, "x5", pa.array(np.abs(table["x5"].to_numpy())))
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=200)
    frame = table.to_pandas()
    held = None if weights is None else frame[weights]
    expected = in_memory.score(frame.drop(columns="y"), frame["y"], sample_weight=held)
    found = in_memory.score(tmp_path / "rows.parquet", "y", sample_weight=weights)
    assert found == pytest.approx(expected, abs=1e-12)


def test_estimators_that_need_memory_say_so(table):
    with pytest.raises(InputError, match=r"in memory here.*ElasticNetClassifier.*to_table\(\)"):
        MultiTaskElasticNet().fit(pyarrow.dataset.dataset(table), "y")
