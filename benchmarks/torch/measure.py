"""Measurement of a row: both sides of its pair, in turns."""

from __future__ import annotations

from importlib import import_module

from benchmarks.scaffold.bench import Row
from benchmarks.scaffold.figures import Figures
from benchmarks.scaffold.pairs import compare

__all__ = ["measure"]


def measure(row: Row, rounds: int) -> Figures:
    """Time the two calls of the row's ``pair(*arguments)``, which take seconds: one call warms up."""
    pair = import_module(f"benchmarks.torch.{row.module}").pair(*row.arguments)
    return compare(pair, rounds, warm_up=1)
