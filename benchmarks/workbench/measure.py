"""Measurement of a row: its file times both sides."""

from __future__ import annotations

from importlib import import_module

from benchmarks.scaffold.bench import Row
from benchmarks.scaffold.figures import Figures

__all__ = ["measure"]


def measure(row: Row, rounds: int) -> Figures:
    """Return what the row's ``measure(*arguments)`` says: our seconds, and theirs or None.

    A file has rounds of its own.
    """
    module = import_module(f"benchmarks.workbench.{row.module}")
    ours, theirs = module.measure(*row.arguments)
    return Figures(ours, theirs)
