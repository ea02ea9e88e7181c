"""`Protocol`: the rules of an experiment, fixed before anything runs.

Rules that are chosen after seeing results can be chosen to favour a result. So splits, budget,
metric, margin and level are fixed first and are the same for all arms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from bridle.arguments.scalars import refuse, whole_at_least
from bridle.workbench.arguments import MOST, MOST_RUNS
from bridle.workbench.splits import Holdout, Splits

__all__ = ["EpochsRule", "Protocol"]

EpochsRule = Literal["given", "until level", "level", "epochs", "steps", "seconds"]


@dataclass(frozen=True)
class Protocol:
    """Rules for the training and judging of all arms.

    Each seed is one run of every arm, with a split, initial weights and an order of rows that are
    the same for all arms. Seed s is initialisation ``s % initialisations`` of run
    ``s // initialisations`` of the splits.

    Parameters
    ----------
    seeds : tuple of int
        Distinct integers from 0 upwards, with at least two splits.
    epochs : int
        Passes of a network over the training rows, at least 1.
    epochs_rule : str
        Origin of this number: "given"; "until level" if it is still to be found; then "level" if the
        validation losses were level, or the bound that ended the search: "epochs", "steps" or
        "seconds" (`bridle.workbench.run.level_epochs`).
    batch_size : int
        Rows per training step of a network, at least 1.
    test_share : float
        Fraction of all rows used only for the verdict, in (0, 1).
    validation_share : float
        Fraction of the other rows used for curves and choices, in (0, 1).
    margin_share : float
        A difference in risk below this fraction of the dummy's risk is negligible, in [0, 1).
    confidence : float
        Level of every interval, in (0, 1).
    splits : Splits
        Division of the rows in each run; see `bridle.workbench.splits`.
    initialisations : int
        Runs on the same rows with different initial weights and orders of rows, at least 1. Their
        average counts as one split.
    looks : int
        Times that a growing study is judged, at least 1; the error is divided among them
        (`bridle.workbench.verdict.until_settled`).
    versus : tuple of (str, str)
        Pairs of arms that are compared besides the regularised ones with their plain counterparts:
        ``("elastic_net", "dropout")`` is the change from dropout to the elastic net.
    accept : tuple of str
        Findings that do not make the verdict invalid, see `bridle.workbench.checks.acceptance`.
    learning_curve : bool
        Whether the arms that are compared are also trained on smaller fractions of the training rows
        (`bridle.workbench.run.learning_shares`).
    train_share : float
        Fraction of a split's training and validation rows that is used, in (0, 1]; below 1 in the
        runs of a learning curve.
    """

    seeds: tuple[int, ...] = field(default_factory=lambda: tuple(range(10)))
    epochs: int = 15
    epochs_rule: EpochsRule = "given"
    batch_size: int = 128
    test_share: float = 0.1
    validation_share: float = 0.1
    margin_share: float = 0.02
    confidence: float = 0.95
    splits: Splits = field(default_factory=Holdout)
    initialisations: int = 1
    looks: int = 1
    versus: tuple[tuple[str, str], ...] = ()
    accept: tuple[str, ...] = ()
    learning_curve: bool = False
    train_share: float = 1.0

    def __post_init__(self) -> None:
        for name, most in (
            ("epochs", MOST),
            ("batch_size", None),
            ("initialisations", MOST_RUNS),
            ("looks", None),
        ):
            whole_at_least(name, getattr(self, name), 1, most)
        if self.epochs_rule not in get_args(EpochsRule):
            refuse("epochs_rule", f"one of {', '.join(get_args(EpochsRule))}", self.epochs_rule)
        self._refuse_seeds()
        for name in ("test_share", "validation_share", "confidence"):
            if not 0 < getattr(self, name) < 1:
                refuse(name, "strictly between 0 and 1", getattr(self, name))
        if not 0 <= self.margin_share < 1:
            refuse("margin_share", "in [0, 1)", self.margin_share)
        if not 0 < self.train_share <= 1:
            refuse("train_share", "in (0, 1]", self.train_share)

    @property
    def decision_confidence(self) -> float:
        """Level of each look's decision, at which all looks together have the level ``confidence``."""
        return 1 - (1 - self.confidence) / self.looks

    def run_of(self, seed: int) -> int:
        """Return the run of the splits to which a seed belongs; it determines all rows."""
        return seed // self.initialisations

    def split_of(self, seed: int) -> int:
        """Return the split to which a seed belongs; it determines the test rows."""
        return self.run_of(seed) // self.splits.runs_a_split

    def draws_of(self, n_splits: int) -> int:
        """Return the number of draws of the rows that gives at least this many splits."""
        return -(-n_splits * self.splits.runs_a_split // self.splits.runs_a_draw)

    def _refuse_seeds(self) -> None:
        seeds = self.seeds
        if len(set(seeds)) < len(seeds) or min(seeds, default=0) < 0:
            refuse("seeds", "distinct integers from 0 upwards", seeds)
        if len({self.split_of(seed) for seed in seeds}) < 2:
            refuse(
                "seeds",
                "at least two distinct integers from 0 upwards that stand for two splits, since an "
                "interval needs two",
                seeds,
            )
        limit = self.splits.runs_a_draw * self.initialisations
        if not self.splits.is_random and max(seeds) >= limit:
            refuse(
                "seeds",
                f"below {limit}, the number of different draws: a further draw is the same",
                seeds,
            )
