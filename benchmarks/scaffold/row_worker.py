"""Measures one row in a process of its own: ``BENCH ROW ROUNDS`` answers with JSON."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version

from benchmarks.scaffold.bench import Bench
from benchmarks.timing import answer
from benchmarks.worker import keep_to_two_cores

__all__ = ["main"]


def main(name: str, row_name: str, rounds: str) -> None:
    """Do what the command line says."""
    keep_to_two_cores()
    bench: Bench = import_module(f"benchmarks.{name}.catalogue").BENCH
    row = bench.row(row_name)
    if row.backend != "scale":
        # Keras reads it once, at import; a kept program would not be compiled.
        os.environ["KERAS_BACKEND"] = row.backend
        os.environ["BRIDLE_COMPILATION_CACHE"] = "off"
    figures = import_module(f"benchmarks.{name}.measure").measure(row, int(rounds))
    used = ("pyarrow", "dask", "pyspark") if row.backend == "scale" else ("keras", row.backend)
    libraries = {library: version(library) for library in ("bridle", *used)}
    answer(json.dumps({"figures": asdict(figures), "libraries": libraries}))


if __name__ == "__main__":
    main(*sys.argv[1:])
