"""Random tables of numbers, text, categories and truth values, in memory and in files of pieces."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from bridle.rows.blocks.block import Block
from bridle.rows.scan import BlockScan

__all__ = ["CollectScan", "mixed_table", "write_pieces"]

WORDS = ("red", "blue", "(missing)", "été", "a=b", "Zürich", "7a", "")


def mixed_table(seed: int, *, dictionaries: bool = True) -> pa.Table:
    """Return a table with a column of each kind, in a random order, and the target y.

    Levels come late, some once; and some values of text are missing.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.integers(90, 400))

    def words(count: int, missing: float) -> list[str | None]:
        some = rng.choice(WORDS, count, replace=False)
        found = [str(word) for word in rng.choice(some, n)]
        gone = rng.random(n) < missing
        late = int(rng.integers(n - 40, n))
        found[late], gone[late] = "late", False
        return [None if empty else word for empty, word in zip(gone, found, strict=True)]

    columns: dict[str, Any] = {
        "dose": rng.normal(size=n),
        "visits": rng.integers(0, 9, n),
        "is_old": rng.random(n) < 0.4,
        "colour": words(4, 0.0),
        "town": words(7, rng.choice([0.0, 0.2])),
        "code": [f"0{k}" for k in rng.integers(0, 4, n)],
        "typed": [f" {k / 4}" for k in rng.integers(0, 9, n)],
        "colour=red": rng.normal(size=n),
    }
    made = {name: pa.array(columns[name]) for name in rng.permutation(list(columns))}
    if dictionaries:
        made["kind"] = pa.array(words(3, 0.1)).dictionary_encode()
        made["stage"] = pa.array(rng.integers(1, 4, n)).dictionary_encode()
    effect = np.array([len(word or "") for word in columns["town"]]) + columns["dose"]
    return pa.table({**made, "y": effect + rng.normal(size=n)})


def write_pieces(
    table: pa.Table, folder: Path, ending: str, files: int = 3, group: int = 37
) -> Path:
    """Write a table to files of different lengths; Parquet has row groups of ``group`` rows."""
    ends = [0, *(table.num_rows * (k + 1) // (files + 1) for k in range(1, files)), table.num_rows]
    for number, (begin, end) in enumerate(pairwise(ends)):
        path, part = folder / f"part-{number}.{ending}", table.slice(begin, end - begin)
        if ending == "csv":
            pyarrow.csv.write_csv(part, path)
        else:
            pyarrow.parquet.write_table(part, path, row_group_size=group)
    return folder


@dataclass(frozen=True, eq=False)
class CollectScan(BlockScan[list[npt.NDArray[Any]]]):
    """Collects the features of all rows."""

    width: int

    def empty(self) -> list[npt.NDArray[Any]]:
        return []

    def add(self, state: list[npt.NDArray[Any]], block: Block) -> None:
        state.append(block.features.copy())

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        return left + right

    def to_arrays(self, state: list[Any]) -> list[Any]:
        return [np.concatenate([np.empty((0, self.width)), *state])]

    def of_arrays(self, arrays: Any) -> list[Any]:
        return list(arrays)
