"""Protocol: the rules of an experiment, fixed before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from bridle.errors import InputError
from bridle.workbench.arguments import MOST, MOST_RUNS, whole_at_least
from bridle.workbench.splits import Holdout, Splits

__all__ = ["Protocol"]


@dataclass(frozen=True)
class Protocol:
    """How every arm is trained and judged.

    Each seed is one run of every arm, with its own split, initialisation and data order, shared by
    all arms. Seed number s is initialisation ``s % initialisations`` of run
    ``s // initialisations`` of the splits.

    Parameters
    ----------
    seeds : tuple of int
        Distinct integers from 0 upwards, on at least two splits.
    epochs : int
        Passes over the training rows that a network makes, at least 1.
    batch_size : int
        Rows in a step of a network, at least 1.
    test_share : float
        Share of all rows kept for the verdict alone, in (0, 1).
    validation_share : float
        Share of the remaining rows kept for curves and choices, in (0, 1).
    margin_share : float
        A difference in risk below this share of the dummy's risk is called negligible, in [0, 1).
    confidence : float
        Level of every interval, in (0, 1).
    splits : Splits
        Which rows train, validate and test in a run; see `bridle.workbench.splits`.
    initialisations : int
        Runs on the same rows with other initialisations and data orders, at least 1. They are
        averaged before the splits are counted.
    accept : tuple of str
        Findings that object no more, see `bridle.workbench.checks.acceptance`.
    """

    seeds: tuple[int, ...] = field(default_factory=lambda: tuple(range(10)))
    epochs: int = 15
    batch_size: int = 128
    test_share: float = 0.1
    validation_share: float = 0.1
    margin_share: float = 0.02
    confidence: float = 0.95
    splits: Splits = field(default_factory=Holdout)
    initialisations: int = 1
    accept: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, most in (("epochs", MOST), ("batch_size", None), ("initialisations", MOST_RUNS)):
            whole_at_least(name, getattr(self, name), 1, most)
        self._refuse_seeds()
        for name in ("test_share", "validation_share", "confidence"):
            if not 0 < getattr(self, name) < 1:
                _refuse(name, "strictly between 0 and 1", getattr(self, name))
        if not 0 <= self.margin_share < 1:
            _refuse("margin_share", "in [0, 1)", self.margin_share)

    def run_of(self, seed: int) -> int:
        """Return which run of the splits a seed is: seeds of the same run see the same rows."""
        return seed // self.initialisations

    def split_of(self, seed: int) -> int:
        """Return which split a seed judges by: seeds of the same split test on the same rows."""
        return self.run_of(seed) // self.splits.runs_a_split

    def draws_of(self, n_splits: int) -> int:
        """Return how many draws of the rows give at least this many splits."""
        return -(-n_splits * self.splits.runs_a_split // self.splits.runs_a_draw)

    def _refuse_seeds(self) -> None:
        seeds = self.seeds
        if len(set(seeds)) < len(seeds) or min(seeds, default=0) < 0:
            _refuse("seeds", "distinct integers from 0 upwards", seeds)
        if len({self.split_of(seed) for seed in seeds}) < 2:
            _refuse(
                "seeds",
                "at least two distinct integers from 0 upwards that stand for two splits, since an "
                "interval needs two",
                seeds,
            )
        limit = self.splits.runs_a_draw * self.initialisations
        if not self.splits.is_random and max(seeds) >= limit:
            _refuse(
                "seeds",
                f"below {limit}, as many as there are runs: another draw is the same",
                seeds,
            )


def _refuse(name: str, allowed: str, value: object) -> NoReturn:
    raise InputError(f"{name} must be {allowed}. Received: {name}={value!r}.")
