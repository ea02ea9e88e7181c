"""`Results`: the test results of two arms, and the intervals of their differences.

The source of the variation determines the interval: from random splits of the same rows
(`bridle.workbench.evidence.results.pairs.Pairs`), or from training seeds and rows of one fixed test set
(`bridle.workbench.evidence.results.fixed_test.FixedTest`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from bridle.types import Array
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.intervals.power import Power

__all__ = ["Results", "Source"]


@dataclass(frozen=True)
class Source:
    """A source of variation of a change.

    Attributes
    ----------
    name : str
        For instance "training seeds".
    count : int
        Number of seeds, rows or pairs of both that were observed.
    share : float
        Its share of the variance of the mean change, in [0, 1]; the shares sum to 1.
    """

    name: str
    count: int
    share: float


class Results(ABC):
    """Test results of a plain arm and a regularised one.

    Attributes
    ----------
    unit : {"split", "seed"}
        What was repeated.
    fewest : int
        Fewest repetitions for the decisions "helps", "hurts" and "no difference".
    """

    unit: ClassVar[Literal["split", "seed"]]
    fewest: ClassVar[int]

    @property
    @abstractmethod
    def count(self) -> int:
        """Number of repetitions; of two arms that are not paired, the smaller one."""

    @property
    @abstractmethod
    def basis(self) -> str:
        """What the change is measured on, for instance "10 paired splits"."""

    @property
    def sources(self) -> Sequence[Source]:
        """Sources of variation with their shares; empty if they cannot be told apart."""
        return ()

    @abstractmethod
    def means(self, arm: int) -> tuple[float, float]:
        """Return the mean test and training risk of an arm, 0 the plain one; NaN if not known."""

    @abstractmethod
    def change(self, confidence: float) -> Interval | None:
        """Return the interval of the test risk of the regularised arm minus that of the plain one."""

    @abstractmethod
    def optimism(self, confidence: float) -> Interval | None:
        """Return the interval of the test risk minus the training risk of the plain arm."""

    @abstractmethod
    def score_change(self, confidence: float) -> Interval | None:
        """Return the interval of the score of the regularised arm minus that of the plain one."""

    @abstractmethod
    def p_value(self) -> float | None:
        """Return the two-sided p-value of no change: 1 minus the level whose interval ends at 0."""

    @abstractmethod
    def power(self, change: Interval, margin: float, confidence: float) -> Power:
        """Return what a comparison of this size can detect.

        Parameters
        ----------
        change : Interval
            What `change` returns at this level.
        margin : float
            Smallest difference that matters, at least 0.
        confidence : float
            In (0, 1).
        """

    @staticmethod
    def known(values: Array) -> bool:
        """Return whether there are numbers, all of them finite."""
        return values.size > 0 and bool(np.isfinite(values).all())
