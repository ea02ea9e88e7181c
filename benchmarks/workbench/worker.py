"""Measures one row in a process of its own: ``ROW`` answers with JSON."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from importlib.metadata import version

from benchmarks.timing import answer
from benchmarks.workbench.catalogue import by_name
from benchmarks.worker import keep_to_two_cores

__all__ = ["main"]


def main(name: str) -> None:
    """Do what the command line says."""
    keep_to_two_cores()
    row = by_name(name)
    # Keras reads it once, at import; a kept program would not be compiled.
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["BRIDLE_COMPILATION_CACHE"] = "off"
    module = import_module(f"benchmarks.workbench.{row.module}")
    ours, theirs = module.measure(*row.arguments)
    libraries = {library: version(library) for library in ("bridle", "keras", "jax")}
    answer(json.dumps({"time": {"ours": ours, "theirs": theirs}, "libraries": libraries}))


if __name__ == "__main__":
    main(*sys.argv[1:])
