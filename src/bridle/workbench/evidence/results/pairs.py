"""Pairing of the runs of two arms by split.

Both arms of a pair use the same rows of a split. What makes a split easy or difficult affects both
risks and cancels in their difference, which therefore varies less than either risk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Literal

import numpy as np

from bridle.types import Array
from bridle.workbench.evidence.intervals.corrected_interval import Interval, corrected_interval
from bridle.workbench.evidence.intervals.power import Power, power_of
from bridle.workbench.evidence.results.results import Results
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = [
    "Pairs",
    "by_split",
    "mean_over_splits",
    "mean_risk",
    "mean_score",
    "pair_runs",
    "succeeded",
]


_ANY_LEVEL = 0.95
"""The standard error of an interval does not depend on its level."""


@dataclass(frozen=True)
class Pairs(Results):
    """Risks of a plain and a regularised arm on their common splits.

    Attributes
    ----------
    test, train : ndarray of shape (2, J)
        Test and training risks: the plain arm in the first row, the regularised one in the second.
        Runs on the same split are averaged.
    score : ndarray of shape (2, J)
        Accuracy or R2 on the test rows; NaN if a run has none.
    n_train, n_test : float
        Mean numbers of training and test rows; 0 if there is no split. In a learning curve, training
        rows of the whole splits (`pair_runs`).
    """

    test: Array
    train: Array
    score: Array
    n_train: float
    n_test: float

    unit: ClassVar[Literal["split", "seed"]] = "split"
    fewest: ClassVar[int] = 2

    @property
    def count(self) -> int:
        """Number of common splits, J."""
        return int(self.test.shape[1])

    @property
    def basis(self) -> str:
        """The splits in words."""
        return f"{self.count} paired splits"

    @property
    def test_change(self) -> Array:
        """Test risk of the regularised arm minus that of the plain one, for each split."""
        return np.asarray(self.test[1] - self.test[0])

    @property
    def ratio(self) -> float:
        """Test rows divided by training rows, the correction for shared rows."""
        return self.n_test / self.n_train

    def interval(self, values: Array, confidence: float) -> Interval | None:
        """Return the corrected interval of a number for each split.

        None if there are fewer than two splits, or if a number is not known.
        """
        if self.count < 2 or not self.known(values):
            return None
        return corrected_interval(values, self.n_train, self.n_test, confidence)

    def means(self, arm: int) -> tuple[float, float]:
        """Return the mean test and training risk of an arm."""
        return float(self.test[arm].mean()), float(self.train[arm].mean())

    def change(self, confidence: float) -> Interval | None:
        """Return the interval of the change in test risk."""
        return self.interval(self.test_change, confidence)

    def optimism(self, confidence: float) -> Interval | None:
        """Return the interval of the test risk minus the training risk of the plain arm."""
        return self.interval(self.test[0] - self.train[0], confidence)

    def score_change(self, confidence: float) -> Interval | None:
        """Return the interval of the change in score."""
        return self.interval(self.score[1] - self.score[0], confidence)

    def p_value(self) -> float | None:
        """Return the two-sided p-value of no change; None with fewer than two splits."""
        alone = self.change(_ANY_LEVEL)
        return None if alone is None else alone.p_value(self.count)

    def power(self, change: Interval, margin: float, confidence: float) -> Power:
        """Return the power of a comparison."""
        return power_of(change, self.count, self.ratio, margin, confidence)


def succeeded(record: Record) -> bool:
    """Return whether a run has finite risks."""
    risks = (record.test_risk, record.train_risk)
    return record.failure is None and all(
        risk is not None and math.isfinite(risk) for risk in risks
    )


def mean_risk(records: Sequence[Record]) -> float | None:
    """Return the mean test risk over the successful runs, None if there are none."""
    risks = [
        record.test_risk for record in records if succeeded(record) and record.test_risk is not None
    ]
    return float(np.mean(risks)) if risks else None


def mean_score(records: Sequence[Record]) -> float:
    """Return the mean accuracy or R2 over the successful runs, NaN if one is not known."""
    scores = [record.test_score for record in records if succeeded(record)]
    return float(np.mean(np.array(scores, dtype=np.float64))) if scores else float("nan")


def by_split(records: Sequence[Record], protocol: Protocol) -> dict[int, list[Record]]:
    """Return the runs of each split, in the order of the splits."""
    ordered = sorted(records, key=lambda record: record.seed)
    groups = groupby(ordered, key=lambda record: protocol.split_of(record.seed))
    return {split: list(runs) for split, runs in groups}


def mean_over_splits(
    records: Sequence[Record], protocol: Protocol, value: Callable[[Record], float]
) -> Array:
    """Return the mean over the runs of each split."""
    return np.array(
        [np.mean([value(run) for run in runs]) for runs in by_split(records, protocol).values()],
        dtype=np.float64,
    )


def pair_runs(plain: Sequence[Record], regularised: Sequence[Record], protocol: Protocol) -> Pairs:
    """Return the runs of two arms, paired by split, without failed runs.

    Runs of an arm on the same split are averaged first. They contain no information about other
    rows, so they must not count as splits.

    Runs on a fraction of the training rows are corrected as if they had all of them: smaller random
    subsets have fewer rows in common, so their results are correlated less.
    """
    arms = [
        by_split([record for record in records if succeeded(record)], protocol)
        for records in (plain, regularised)
    ]
    shared = [split for split in arms[0] if split in arms[1]]
    runs = [record for arm in arms for split in shared for record in arm[split]]

    def means(name: str) -> Array:
        numbers = [
            [
                np.mean(np.array([getattr(r, name) for r in arm[s]], dtype=np.float64))
                for s in shared
            ]
            for arm in arms
        ]
        return np.array(numbers, dtype=np.float64).reshape(2, len(shared))

    def size(name: str) -> float:
        return float(np.mean([getattr(run, name) for run in runs])) if runs else 0.0

    return Pairs(
        test=means("test_risk"),
        train=means("train_risk"),
        score=means("test_score"),
        n_train=size("n_train") / protocol.train_share,
        n_test=size("n_test"),
    )
