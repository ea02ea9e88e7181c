"""The local engine beside a scan that only adds, and its growth and memory with the rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import process_time

import pyarrow.compute
import pyarrow.dataset

from benchmarks.memory import peak_bytes, restart_peak
from benchmarks.scale.work import fit, parquet, seconds_of

__all__ = ["measure"]

_ROUNDS = 3


def measure(what: str, rows: str) -> tuple[float, float]:
    """Return our figure and the other, medians of sides that take turns.

    Parameters
    ----------
    what : {"over sums", "memory", "growth"}
    rows : str
    """
    n = int(rows)
    if what == "over sums":
        path = parquet(n)
        pairs = [(seconds_of(fit, path), seconds_of(_sum_columns, path)) for _ in range(_ROUNDS)]
        return median(first for first, _ in pairs), median(second for _, second in pairs)
    large, small = ([_alone(count) for _ in range(_ROUNDS)] for count in (n, n // 4))
    if what == "memory":
        # In the place of seconds; the table says so.
        return (
            median(run["bytes"] for run in large) / 2**30,
            median(run["bytes"] for run in small) / 2**30,
        )
    return (
        median(run["seconds"] for run in large),
        4 * median(run["seconds"] for run in small),
    )


def _sum_columns(path: Path) -> float:
    total = 0.0
    for batch in pyarrow.dataset.dataset(path).to_batches():
        total += sum(pyarrow.compute.sum(column).as_py() for column in batch.columns)
    return total


def _alone(rows: int) -> dict[str, float]:
    """Return the processor time and the most memory of a fit in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.scale.local", str(parquet(rows))]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answer: dict[str, float] = json.loads(found)
    return answer


if __name__ == "__main__":
    restart_peak()
    began = process_time()
    fit(Path(sys.argv[1]))
    print(json.dumps({"seconds": process_time() - began, "bytes": peak_bytes()}))
