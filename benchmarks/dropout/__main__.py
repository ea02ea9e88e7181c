"""``python -m benchmarks.dropout``: measure, print the table, keep the figures."""

from __future__ import annotations

from benchmarks.dropout.catalogue import BENCH
from benchmarks.scaffold.command import command_of

if __name__ == "__main__":
    command_of(BENCH)()
