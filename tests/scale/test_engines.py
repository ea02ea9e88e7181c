"""Laws of the engines, on a real Dask cluster of two processes and on Spark: the same bits as local."""

from __future__ import annotations

import os
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from tests.elastic_net.streaming.test_fit_rows_of_other_losses import cross_validated, table
from tests.rows.mixed_tables import mixed_table
from tests.rows.tables import TABLES, Rows, write_parquet
from tests.scale.engines import PIECES, in_dask, in_files, in_spark
from tests.scale.killing import DiesInABlock, DiesInAMerge

from bridle import ElasticNet, ElasticNetCV
from bridle.elastic_net.streaming.moment_scan import FoldsByHash, MomentScan
from bridle.errors import InputError
from bridle.rows.engines import spark
from bridle.rows.rows_of import rows_of

distributed = pytest.importorskip("distributed")

pytestmark = [
    # Of the engines' own.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning"),
]


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def session():
    pyspark = pytest.importorskip("pyspark.sql", reason="needs Java 17")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (
        pyspark.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.default.parallelism", str(PIECES))
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "37")
        .getOrCreate()
    )
    yield made
    made.stop()


@pytest.fixture(params=["dask", "spark"])
def collected(request):
    """Return a function that puts rows on the engine."""
    if request.param == "dask":
        request.getfixturevalue("cluster")
        return in_dask
    session = request.getfixturevalue("session")
    return lambda rows: in_spark(rows, session)


def columns(rows: Rows) -> dict[str, str]:
    given = {"sample_weight": rows.weights, "groups": rows.groups}
    names = {"sample_weight": "weight", "groups": "group"}
    return {part: names[part] for part, values in given.items() if values is not None}


def same_sums(found, expected):
    return all(
        np.array_equal(getattr(found, name), getattr(expected, name))
        for name in ("sums", "sizes", "additions", "shift", "low", "high")
    )


@pytest.mark.parametrize(
    "name", ["plain", "few rows", "first rows are outliers", "weights", "groups"]
)
def test_sums_have_the_bits_of_the_local_engine(collected, tmp_path, name):
    rows, given = TABLES[name], columns(TABLES[name])
    scan = MomentScan(len(rows.features), FoldsByHash(3, 1))
    found, expected = (
        rows_of(made, "y", **given).scan(scan, lambda share: None)
        for made in (collected(rows), in_files(rows, tmp_path))
    )
    assert same_sums(found, expected)


@pytest.mark.parametrize("name", ["plain", "weights", "groups"])
def test_fits_have_the_bits_of_the_local_engine(collected, tmp_path, name):
    rows, given = TABLES[name], columns(TABLES[name])
    found, expected = (
        ElasticNetCV(cv=3, alphas=10, standardize=True, l1_ratio=[0.5, 1.0]).fit(made, "y", **given)
        for made in (collected(rows), in_files(rows, tmp_path))
    )
    assert np.array_equal(found.coef_, expected.coef_)
    assert found.intercept_ == expected.intercept_
    assert np.array_equal(found.scores_, expected.scores_)
    assert found.certificate_ == expected.certificate_
    assert found.n_scans_ == expected.n_scans_ == 2


@pytest.mark.parametrize("loss", ["poisson", "logistic"])
def test_fits_of_other_losses_have_the_bits_of_the_local_engine(collected, tmp_path, loss):
    rows = table(loss, weights=True)
    found, expected = (
        cross_validated(loss, cv=2, alphas=3).fit(made, "y", sample_weight="weight")
        for made in (collected(rows), in_files(rows, tmp_path))
    )
    assert np.array_equal(found.coef_, expected.coef_)
    assert np.array_equal(found.scores_, expected.scores_)
    assert found.certificate_ == expected.certificate_
    assert found.n_scans_ == expected.n_scans_


@pytest.mark.fault(90)
def test_values_that_are_not_finite_are_named_with_their_partition(collected):
    rows = TABLES["plain"]
    values = rows.features["x3"].copy()
    values[400] = np.inf
    with pytest.raises(InputError, match=r"'x3' .*inf in partition 2, row 40"):
        ElasticNet().fit(collected(Rows(rows.features | {"x3": values}, rows.target)), "y")


def test_text_that_names_rows_is_refused_and_named(collected):
    rows = TABLES["plain"]
    text = np.array([f"t{k}" for k in range(len(rows.target))])
    with pytest.raises(InputError, match=r"column 'x3' with 900 different texts in 900 rows"):
        ElasticNet().fit(collected(Rows(rows.features | {"x3": text}, rows.target)), "y")


@pytest.mark.parametrize("seed", [0, 3])
def test_categories_have_the_bits_of_the_local_engine(collected, tmp_path, seed):
    table = mixed_table(seed, dictionaries=False)
    # Spark cuts a frame into equal parts.
    table = table.slice(0, table.num_rows // PIECES * PIECES)
    columns = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    rows = Rows(columns, columns.pop("y"))
    frame = collected(rows)
    model = ElasticNetCV(cv=3, alphas=[2.0, 0.5, 0.1, 0.01, 0.001], l1_ratio=[0.5, 0.9])
    found, expected = (clone(model).fit(made, "y") for made in (frame, in_files(rows, tmp_path)))
    in_memory = clone(model).fit(table.drop_columns("y"), rows.target)
    assert found.encoding_ == expected.encoding_ == in_memory.encoding_
    assert np.array_equal(found.coef_, expected.coef_)
    assert np.array_equal(found.scores_, expected.scores_)
    assert found.n_scans_ == expected.n_scans_ == 3
    assert found.score(frame, "y") == expected.score(in_files(rows, tmp_path), "y")
    lazily = found.predict(frame)
    held = (
        lazily.compute() if "dask" in type(lazily).__module__ else lazily.toPandas()["prediction"]
    )
    assert np.allclose(held, found.predict(table.drop_columns("y")), rtol=0, atol=1e-12)


@pytest.mark.parametrize("known", [True, False])
def test_categories_of_dask_keep_their_order(cluster, known):
    import dask.dataframe as dd

    levels = ["low", "middle", "high", "never"]
    rng = np.random.default_rng(2)
    parts = [
        pd.DataFrame(
            {"size": pd.Categorical(rng.choice(some, 60), levels if known else some)}
        ).assign(y=rng.normal(size=60))
        for some in (["middle", "high"], ["low", "middle"], ["high", "low"])
    ]
    frame = dd.from_map(lambda number: parts[number], range(3), meta=parts[0].iloc[:0])
    if not known:
        frame["size"] = frame["size"].cat.as_unknown()
    model = ElasticNet(alpha=0.01).fit(frame, "y")
    whole = frame.compute()
    expected = ElasticNet(alpha=0.01).fit(whole[["size"]], whole["y"])
    assert model.encoding_ == expected.encoding_
    order = levels[:3] if known else ["middle", "high", "low"]
    assert model.encoding_.names == tuple(f"size={level}" for level in order)
    assert np.allclose(model.coef_, expected.coef_, rtol=1e-10)


def test_stages_of_merges_do_not_change_a_bit_on_spark(session, tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "_TOGETHER", 2)
    rows = TABLES["plain"]
    scan = MomentScan(len(rows.features), FoldsByHash(3, 1))
    found, expected = (
        rows_of(made, "y").scan(scan, lambda share: None)
        for made in (in_spark(rows, session), in_files(rows, tmp_path))
    )
    assert same_sums(found, expected)


def test_sums_too_large_for_a_row_of_spark_are_refused(session, monkeypatch):
    monkeypatch.setattr(spark, "_MOST_BYTES", 1000)
    with pytest.raises(InputError, match=r"at most 500 bytes on Spark.*fewer folds"):
        ElasticNet().fit(in_spark(TABLES["few rows"], session), "y")


def test_files_that_dask_joins_are_whole(cluster, tmp_path):
    """Dask reads several small row groups as one partition, how many depends on the columns."""
    import dask.dataframe as dd

    rows = TABLES["plain"]
    write_parquet(rows, tmp_path, files=3, group=60)
    frame = dd.read_parquet(tmp_path, split_row_groups=True)
    model = ElasticNet(alpha=0.1).fit(frame, "y")
    expected = ElasticNet(alpha=0.1).fit(tmp_path, "y")
    assert model.n_rows_ == len(rows.target)
    assert np.allclose(model.coef_, expected.coef_, rtol=1e-10, atol=1e-12)


def test_dask_predicts_lazily(cluster):
    rows = TABLES["plain"]
    frame = in_dask(rows)
    model = ElasticNet(alpha=0.1).fit(frame, "y")
    series = model.predict(frame)
    assert series.npartitions == PIECES
    expected = rows.matrix @ model.coef_ + model.intercept_
    assert np.allclose(series.compute().to_numpy(), expected, rtol=0, atol=1e-12)


def test_spark_predicts_lazily(session):
    rows = TABLES["plain"]
    frame = in_spark(rows, session)
    model = ElasticNet(alpha=0.1).fit(frame, "y")
    found = model.predict(frame.drop("y"))
    assert found.columns == [*rows.features, "prediction"]
    expected = rows.matrix @ model.coef_ + model.intercept_
    assert np.allclose(found.toPandas()["prediction"], expected, rtol=0, atol=1e-12)


@pytest.mark.fault(89)
@pytest.mark.parametrize("kind", [DiesInABlock, DiesInAMerge])
def test_a_worker_of_dask_that_is_killed_changes_no_bit(cluster, tmp_path, kind):
    rows = TABLES["plain"]
    scan = kind(len(rows.features), FoldsByHash(3, 1), marker=str(tmp_path / "dead"))
    found = rows_of(in_dask(rows), "y").scan(scan, lambda share: None)
    plain = MomentScan(len(rows.features), FoldsByHash(3, 1))
    expected = rows_of(in_files(rows, tmp_path), "y").scan(plain, lambda share: None)
    assert (tmp_path / "dead").exists()
    assert same_sums(found, expected)


@pytest.mark.fault(91)
def test_a_scheduler_of_dask_that_is_lost_leaves_no_model():
    rows = TABLES["plain"]
    made = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    )
    with made, distributed.Client(made, timeout="5s"):
        model = ElasticNet(alpha=0.1).fit(in_dask(rows), "y")
        made.sync(made.scheduler.close)
        with pytest.raises(Exception, match=r"scheduler|[Cc]losed|[Cc]ancel|[Cc]onnect"):
            model.fit(in_dask(rows), "y")
        with pytest.raises(NotFittedError):
            model.predict(rows.matrix)
