"""``python -m benchmarks.torch``: measure, print the table, keep the figures."""

from __future__ import annotations

from benchmarks.scaffold.command import command_of
from benchmarks.torch.catalogue import BENCH

if __name__ == "__main__":
    command_of(BENCH)()
