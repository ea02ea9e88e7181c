"""Tables of rows in files, beside the same rows in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

__all__ = ["TABLES", "Rows", "as_table", "write_parquet"]


@dataclass(frozen=True)
class Rows:
    """Rows in memory: features by name, target, and perhaps weights and groups."""

    features: dict[str, np.ndarray]
    target: np.ndarray
    weights: np.ndarray | None = None
    groups: np.ndarray | None = None

    @property
    def matrix(self) -> np.ndarray:
        return np.column_stack([one.astype(float) for one in self.features.values()])


def as_table(rows: Rows) -> pa.Table:
    """Return the rows as one table, with columns y, weight and group beside the features."""
    columns: dict[str, Any] = {**rows.features, "y": rows.target}
    if rows.weights is not None:
        columns["weight"] = rows.weights
    if rows.groups is not None:
        columns["group"] = rows.groups
    return pa.table(columns)


def write_parquet(rows: Rows, folder: Path, files: int = 3, group: int = 170) -> Path:
    """Write the rows to a few files with row groups of a size that does not divide theirs."""
    table = as_table(rows)
    ends = np.linspace(0, table.num_rows, files + 1).astype(int)
    for number in range(files):
        part = table.slice(ends[number], ends[number + 1] - ends[number])
        pyarrow.parquet.write_table(part, folder / f"part-{number}.parquet", row_group_size=group)
    return folder


def _rows(
    n: int = 900, p: int = 6, **changes: Callable[[np.random.Generator, np.ndarray], Any]
) -> Rows:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n, p)) * rng.uniform(0.5, 5.0, p) + rng.normal(size=p)
    target = X[:, :3] @ np.array([1.0, -0.5, 0.25]) + rng.normal(size=n) + 3.0
    features = {f"x{j}": X[:, j].copy() for j in range(p)}
    others: dict[str, Any] = {}
    for name, make in changes.items():
        into = others if name in ("weights", "groups") else features
        into[name] = make(rng, X)
    return Rows(features, target, **others)


TABLES: dict[str, Rows] = {
    "plain": _rows(),
    "few rows": _rows(n=40),
    "more rows than a block": _rows(n=2500, p=3),
    "far means": _rows(x0=lambda rng, X: X[:, 0] + 1e4),
    "sorted": _rows(x1=lambda rng, X: np.sort(X[:, 1]) * 100),
    "first rows are outliers": _rows(
        x2=lambda rng, X: np.where(np.arange(len(X)) < 5, 1e4, X[:, 2])
    ),
    "constant": _rows(x3=lambda rng, X: np.full(len(X), 0.1)),
    "integers": _rows(x4=lambda rng, X: rng.integers(-1000, 1000, len(X)).astype(np.int16)),
    "booleans": _rows(x5=lambda rng, X: X[:, 5] > 0),
    "single precision": _rows(x0=lambda rng, X: X[:, 0].astype(np.float32)),
    "weights": _rows(weights=lambda rng, X: rng.integers(0, 4, len(X)) * 0.7),
    "groups": _rows(groups=lambda rng, X: np.array([f"g{k}" for k in rng.integers(0, 60, len(X))])),
}
