"""The command on a table of 569 x 30, from import to report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from sklearn.datasets import load_breast_cancer

__all__ = ["measure"]


def measure(cache: str) -> tuple[float, None]:
    """Return the seconds of the command.

    Parameters
    ----------
    cache : {"cold", "warm"}
        Whether the cache of compiled programs is empty, or holds those of an earlier run.
    """
    with TemporaryDirectory() as home:
        table = Path(home) / "cells.csv"
        load_breast_cancer(as_frame=True).frame.to_csv(table, index=False)
        for _ in range(2 if cache == "warm" else 1):
            seconds = _seconds(table, Path(home))
    return seconds, None


def _seconds(table: Path, home: Path) -> float:
    program = "from bridle.cli.main import main; main()"
    words = ["compare", str(table), "--target", "target", "--seeds", "5", "--quiet"]
    began = perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, *words, "--out", str(home / "out")],
        env={**os.environ, "BRIDLE_COMPILATION_CACHE": str(home / "programs")},
        check=True,
        capture_output=True,
    )
    return perf_counter() - began
