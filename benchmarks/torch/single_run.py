"""One run of a network that is too large for runs side by side."""

from __future__ import annotations

from benchmarks.scaffold.pairs import Pair
from benchmarks.torch.work import Work

__all__ = ["pair"]

IMAGES = Work(4000, 400, 784, 10, (512, 512), epochs=6)


def pair(rate: str) -> Pair:
    """Return six epochs at a rate of dropout."""
    run = float(rate), 0
    return Pair(lambda: IMAGES.train_by_bridle([run]), lambda: IMAGES.train_by_hand(*run))
