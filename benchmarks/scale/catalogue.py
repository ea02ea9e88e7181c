"""The rows of the table."""

from __future__ import annotations

from benchmarks.scaffold.bench import Bench, Row

__all__ = ["BENCH"]


ROWS = (
    Row(
        "parquet",
        "CV of 10 folds, 100 strengths, 3 l1_ratios, 4,000,000 x 50 from Parquet, over the sums of "
        "its columns by PyArrow",
        "local",
        ("over sums", "4000000"),
        2.5,
        backend="scale",
    ),
    Row(
        "memory",
        "the same, most memory in GB (goal 1), over that for 1,000,000 rows",
        "local",
        ("memory", "4000000"),
        None,
        backend="scale",
    ),
    Row(
        "growth",
        "the same, processor time for 4,000,000 rows over four times that for 1,000,000",
        "local",
        ("growth", "4000000"),
        1.07,
        backend="scale",
    ),
    Row(
        "dask",
        "the same, 1,000,000 rows, on Dask with two workers over two threads",
        "clusters",
        ("dask", "1000000"),
        1.5,
        backend="scale",
    ),
    Row(
        "spark",
        "the same, 1,000,000 rows, on Spark with two cores over two threads",
        "clusters",
        ("spark", "1000000"),
        1.5,
        backend="scale",
    ),
    Row(
        "spark-ml",
        "squared loss, 200,000 x 50, 20 strengths, 3 folds, over Spark ML's cross-validation",
        "spark_ml",
        ("200000",),
        0.1,
        backend="scale",
    ),
)

BENCH = Bench(
    name="scale",
    purpose="Time fits of rows that are not in memory, on two cores.",
    title="Rows that are not in memory",
    head="work",
    rows=ROWS,
    unit="s",
    digits=2,
    quick=("growth",),
)
