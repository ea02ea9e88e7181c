"""Measures one row in a process of its own: ``ROW ROUNDS`` answers with JSON."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version

from benchmarks.dropout.catalogue import by_name
from benchmarks.dropout.pairs import compare
from benchmarks.timing import answer
from benchmarks.worker import keep_to_two_cores

__all__ = ["main"]


def main(name: str, rounds: str) -> None:
    """Do what the command line says."""
    keep_to_two_cores()
    row = by_name(name)
    # Keras reads it once, at import.
    os.environ["KERAS_BACKEND"] = row.backend
    pair = import_module(f"benchmarks.dropout.{row.module}").pair(*row.arguments)
    libraries = {library: version(library) for library in ("bridle", "keras", row.backend)}
    answer(json.dumps({"ratio": asdict(compare(pair, int(rounds))), "libraries": libraries}))


if __name__ == "__main__":
    main(*sys.argv[1:])
