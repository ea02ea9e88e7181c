"""Measurement of a row: its file times both sides."""

from __future__ import annotations

import warnings
from importlib import import_module

from benchmarks.scaffold.bench import Row
from benchmarks.scaffold.figures import Figures

__all__ = ["measure"]


def measure(row: Row, rounds: int) -> Figures:
    """Return what the row's ``measure(*arguments)`` says: our figure, and theirs.

    A file has rounds of its own.
    """
    # That the weakest strength is the best is of no interest here.
    warnings.simplefilter("ignore")
    module = import_module(f"benchmarks.scale.{row.module}")
    ours, theirs = module.measure(*row.arguments)
    return Figures(ours, theirs)
