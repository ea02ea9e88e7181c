"""The recipe's study: twenty runs of a small network."""

from __future__ import annotations

from benchmarks.scaffold.pairs import Pair
from benchmarks.torch.work import Work

__all__ = ["pair"]

# What 4,000 rows leave for training and validation.
RECIPE = Work(3240, 360, 20, 2, (128, 64), epochs=15)
RUNS = [(rate, seed) for seed in range(10) for rate in (0.0, 0.5)]


def pair() -> Pair:
    """Return both arms of ten seeds, by a study and one after the other by hand."""

    def by_hand() -> None:
        for run in RUNS:
            RECIPE.train_by_hand(*run)

    return Pair(lambda: RECIPE.train_by_bridle(RUNS), by_hand)
