"""The same pieces of rows for each engine: files, partitions of Dask, partitions of Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset
import pyarrow.parquet
from tests.rows.tables import Rows, as_table

__all__ = ["PIECES", "in_dask", "in_files", "in_spark", "parts"]

PIECES = 5


def parts(rows: Rows) -> list[pd.DataFrame]:
    """Return the rows in five frames, cut as Spark cuts a frame of pandas."""
    frame = as_table(rows).to_pandas()
    size = -(-len(frame) // PIECES)
    return [frame.iloc[begin : begin + size] for begin in range(0, len(frame), size)]


def in_files(rows: Rows, folder: Path) -> pyarrow.dataset.Dataset:
    paths = []
    for number, part in enumerate(parts(rows)):
        paths.append(str(folder / f"{number}.parquet"))
        part.to_parquet(paths[-1], index=False)
    return pyarrow.dataset.dataset(paths)


def in_dask(rows: Rows) -> Any:
    import dask.dataframe as dd

    held = parts(rows)
    return dd.from_map(lambda number: held[number], range(len(held)), meta=held[0].iloc[:0])


def in_spark(rows: Rows, session: Any) -> Any:
    return session.createDataFrame(as_table(rows).to_pandas())
