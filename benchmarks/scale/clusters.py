"""Dask with two worker processes, and Spark with two cores, beside two threads of one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.scale.work import fit, parquet, seconds_of

__all__ = ["measure", "spark_session"]

_ROUNDS = 3


def measure(engine: str, rows: str) -> tuple[float, float]:
    """Return the engine's seconds and the local ones, medians of sides that take turns.

    Parameters
    ----------
    engine : {"dask", "spark"}
    rows : str
    """
    path = parquet(int(rows))
    opened = _on_dask(path) if engine == "dask" else _on_spark(path)
    with opened as frame:
        fit(frame)  # what is imported and compiled once is not timed
        pairs = [(seconds_of(fit, frame), seconds_of(fit, path)) for _ in range(_ROUNDS)]
    return median(first for first, _ in pairs), median(second for _, second in pairs)


@contextmanager
def _on_dask(path: Path) -> Iterator[Any]:
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        yield dd.read_parquet(path, split_row_groups=True)


@contextmanager
def _on_spark(path: Path) -> Iterator[Any]:
    with spark_session() as session:
        yield session.read.parquet(str(path))


@contextmanager
def spark_session() -> Iterator[Any]:
    """Yield a session with two cores of this machine."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()
