"""Scans in which a worker dies once: in its first block, or in its first merge."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from bridle.elastic_net.streaming.moment_scan import FoldSums, MomentScan
from bridle.rows.blocks.block import Block

__all__ = ["DiesInABlock", "DiesInAMerge"]


@dataclass(frozen=True, eq=False)
class DiesInABlock(MomentScan):
    marker: str = ""

    def add(self, state: FoldSums, block: Block) -> None:
        die_once(self.marker)
        MomentScan.add(self, state, block)


@dataclass(frozen=True, eq=False)
class DiesInAMerge(MomentScan):
    marker: str = ""

    def merge(self, left: FoldSums, right: FoldSums) -> FoldSums:
        merged = MomentScan.merge(self, left, right)
        # After the sums were changed, which is the worst moment.
        die_once(self.marker)
        return merged


def die_once(marker: str) -> None:
    path = Path(marker)
    if not path.exists():
        path.write_text("dead")
        os.kill(os.getpid(), signal.SIGKILL)
