"""The rows, written once in blocks, and the fit that is timed."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from benchmarks.scaffold.places import BUILD
from bridle import ElasticNetCV

__all__ = ["FEATURES", "fit", "parquet", "seconds_of"]

FEATURES = 50
_ROWS_PER_GROUP = 250_000


def parquet(rows: int) -> Path:
    """Return a Parquet file of that many rows, 15 of whose 50 features matter; written if it is new."""
    path = BUILD / f"rows-{rows}.parquet"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    coefs = rng.normal(size=FEATURES) * (np.arange(FEATURES) < 15)
    names = [*(f"x{j}" for j in range(FEATURES)), "y"]
    part = path.with_suffix(".part")
    schema = pa.schema([(name, pa.float64()) for name in names])
    with pyarrow.parquet.ParquetWriter(
        part, schema, compression="none", use_dictionary=False
    ) as writer:
        for begin in range(0, rows, _ROWS_PER_GROUP):
            X = rng.normal(size=(min(_ROWS_PER_GROUP, rows - begin), FEATURES))
            y = X @ coefs + 5 * rng.normal(size=len(X))
            writer.write_table(pa.table([*X.T, y], schema=schema), row_group_size=_ROWS_PER_GROUP)
    part.replace(path)
    return path


def fit(rows: Any) -> ElasticNetCV:
    """Cross-validate 10 folds, 100 strengths and 3 l1_ratios."""
    return ElasticNetCV(cv=10, alphas=100, l1_ratio=[0.5, 0.9, 1.0], n_jobs=2).fit(rows, "y")


def seconds_of(work: Any, *arguments: Any) -> float:
    """Return the wall time of a call."""
    began = perf_counter()
    work(*arguments)
    return perf_counter() - began
