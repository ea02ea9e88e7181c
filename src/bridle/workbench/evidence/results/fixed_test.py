r"""Runs that share one training set and one fixed test set: seeds and rows, crossed.

Each of S seeds trains both arms, and every network predicts the same n rows. The difference d of
the losses on row i with seed s is modelled as

.. math:: d_{si} = \mu + a_s + b_i + e_{si},

with independent parts of variances :math:`\sigma_a^2` (seeds), :math:`\sigma_b^2` (rows) and
:math:`\sigma_e^2` (both). Then

.. math:: \operatorname{var} \bar d = \frac{\sigma_a^2}{S} + \frac{\sigma_b^2}{n}
          + \frac{\sigma_e^2}{S n}.

An interval over seeds alone misses the second term, one over rows alone the first. The variance of
the S means of seeds, divided by S, estimates the first and the last term; that of the n means of
rows, divided by n, the last two. So their sum V_seeds + V_rows is not too small on average, and

.. math:: \bar d \pm \sqrt{t_{S-1}^2 V_{seeds} + t_{n-1}^2 V_{rows}}

covers at least at its level if the means are normal (Banerjee 1961, "On confidence interval
for two-means problem based on separate estimates of variances", Sankhya A 23): a bound for two
variances of unknown ratio, at every number of seeds. Satterthwaite's interval, narrower, has no
such bound, and covers less than 93 % with three seeds.

For unpaired seeds :math:`V_{seeds} = s_0^2/S_0 + s_1^2/S_1`, with Welch's degrees of freedom. An effect
of a seed on both arms then does not cancel. Without losses of single rows, the rows count as fixed, and
the interval is over seeds alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from scipy.special import stdtrit

from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.intervals.power import (
    DEFAULT_POWER,
    MOST_SPLITS,
    Power,
    detected_effect,
)
from bridle.workbench.evidence.results.results import Results, Source

__all__ = ["FEWEST_SEEDS", "FixedTest", "Part", "smallest_sign_flip", "what_can_be_shown"]

FEWEST_SEEDS = 5
"""Fewest seeds for a claim. With fewer, differences that take only two values are claimed too often
(design note 0012)."""


@dataclass(frozen=True)
class Part:
    """A part of the variance of a mean.

    Attributes
    ----------
    variance : float
        Estimate, at least 0.
    df : float
        Its degrees of freedom, above 0.
    """

    variance: float
    df: float


@dataclass(frozen=True, eq=False)
class FixedTest(Results):
    """Losses of a plain and a regularised arm on the rows of one test set.

    Attributes
    ----------
    test : tuple of two ndarrays of shape (S, n) or (S,)
        Losses of the plain and of the regularised arm, with a row for each seed and a column for each
        test row; or the mean loss of each seed, if those of single rows are not known.
    paired : bool
        Whether row s of both arrays has the same seed.
    train : tuple of two ndarrays of shape (S,), or None
        Training risks, if known.
    score : tuple of two ndarrays of shape (S,), or None
        Accuracy or R2, if known.

    Raises
    ------
    InputError
        The arrays of ``test`` do not fit each other.
    """

    test: tuple[Array, Array]
    paired: bool = True
    train: tuple[Array, Array] | None = None
    score: tuple[Array, Array] | None = None

    unit: ClassVar[Literal["split", "seed"]] = "seed"
    fewest: ClassVar[int] = FEWEST_SEEDS

    def __post_init__(self) -> None:
        plain, regularised = (rows.shape for rows in self.test)
        same = len(plain) == len(regularised) and plain[1:] == regularised[1:]
        if not same or len(plain) not in (1, 2) or (self.paired and plain != regularised):
            raise InputError(
                "test must hold two arrays of shape (seeds, rows) or (seeds,) with the same rows, and "
                f"as many seeds if paired. Received: shapes {plain} and {regularised}."
            )

    @property
    def count(self) -> int:
        """Number of seeds; of arms that are not paired, the smaller one."""
        return min(map(len, self.test))

    @property
    def n_rows(self) -> int:
        """Number of test rows with a loss each; 0 if only their mean is known."""
        return self.test[0].shape[1] if self.test[0].ndim == 2 else 0

    @property
    def basis(self) -> str:
        """Seeds and rows in words."""
        first, second = map(len, self.test)
        seeds = f"{first} paired seeds" if self.paired else f"{first} and {second} unpaired runs"
        return f"{seeds} on {self.n_rows:,} test rows" if self.n_rows else seeds

    @property
    def sources(self) -> Sequence[Source]:
        """Shares of seeds, of rows and of both together; empty without losses of single rows."""
        if self.count < 2 or self.n_rows < 2:
            return ()
        both = self._of_both()
        seeds = max(0.0, self._of_seeds(self._risks()).variance - both)
        rows = max(0.0, self._of_rows(self.test[1].mean(axis=0) - self.test[0].mean(axis=0)) - both)
        total = seeds + rows + both
        if total == 0:
            return ()
        return (
            Source("training seeds", self.count, seeds / total),
            Source("test rows", self.n_rows, rows / total),
            Source("the interplay of both", self.count * self.n_rows, both / total),
        )

    def means(self, arm: int) -> tuple[float, float]:
        """Return the mean test and training risk of an arm."""
        train = math.nan if self.train is None else float(self.train[arm].mean())
        return float(self.test[arm].mean()), train

    def change(self, confidence: float) -> Interval | None:
        """Return the interval of the change in test risk, with both sources of variation."""
        found = self._parts()
        return None if found is None else _interval(*found, confidence)

    def optimism(self, confidence: float) -> Interval | None:
        """Return the interval of the test risk minus the training risk of the plain arm."""
        if self.train is None or self.count < 2:
            return None
        gaps = self._risks()[0] - self.train[0]
        if not self.known(gaps):
            return None
        parts = [_part(gaps)]
        if self.n_rows > 1:
            parts.append(Part(self._of_rows(self.test[0].mean(axis=0)), self.n_rows - 1))
        return _interval(float(gaps.mean()), parts, confidence)

    def score_change(self, confidence: float) -> Interval | None:
        """Return the interval of the change in score over seeds; the rows count as fixed."""
        if self.score is None or self.count < 2 or not all(map(self.known, self.score)):
            return None
        mean = float(self.score[1].mean() - self.score[0].mean())
        return _interval(mean, [self._of_seeds(self.score)], confidence)

    def p_value(self) -> float | None:
        """Return 1 minus the level at which the interval of the change ends at 0."""
        found = self._parts()
        if found is None:
            return None
        mean, parts = found
        if not any(part.variance for part in parts):
            return float(mean == 0)
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            beyond = _half_width(parts, 1 - middle) < abs(mean)
            low, high = (low, middle) if beyond else (middle, high)
        return high

    def power(self, change: Interval, margin: float, confidence: float) -> Power:
        """Return the power of a comparison; more seeds can be trained, but the rows are fixed."""
        found = self._parts()
        parts = [] if found is None else found[1]
        return Power(
            detected_effect(
                [(part.variance, part.df) for part in parts], confidence, DEFAULT_POWER
            ),
            DEFAULT_POWER,
            self._seeds_to_settle(change, parts, margin, confidence),
        )

    def _parts(self) -> tuple[float, list[Part]] | None:
        """Return the mean change and the parts of its variance; None if they are not known."""
        if self.count < 2 or not all(map(self.known, self.test)):
            return None
        parts = [self._of_seeds(self._risks())]
        if self.n_rows > 1:
            rows = self.test[1].mean(axis=0) - self.test[0].mean(axis=0)
            parts.append(Part(self._of_rows(rows), self.n_rows - 1))
        return float(self.test[1].mean() - self.test[0].mean()), parts

    def _risks(self) -> tuple[Array, Array]:
        plain, regularised = (losses.reshape(len(losses), -1).mean(axis=1) for losses in self.test)
        return plain, regularised

    def _of_seeds(self, values: tuple[Array, Array]) -> Part:
        """Return the part of seeds in the variance of a mean difference."""
        if self.paired:
            return _part(values[1] - values[0])
        first, second = map(_part, values)
        total = first.variance + second.variance
        if total == 0:
            return Part(0.0, first.df + second.df)
        return Part(
            total, total**2 / (first.variance**2 / first.df + second.variance**2 / second.df)
        )

    @staticmethod
    def _of_rows(means: Array) -> float:
        return float(means.var(ddof=1)) / len(means)

    def _of_both(self) -> float:
        """Return the variance from seed and row together, which neither mean explains."""
        plain, regularised = self.test
        tables = [regularised - plain] if self.paired else [plain, regularised]
        return sum(_residual(table) for table in tables)

    def _seeds_to_settle(
        self, change: Interval, parts: Sequence[Part], margin: float, confidence: float
    ) -> int | None:
        """Return the number of seeds expected to decide; None if no number would, or too many."""
        if not parts:
            return None
        target = max(abs(change.mean), margin - abs(change.mean))
        seeds, *rows = parts

        def settles(count: int) -> bool:
            scaled = Part(seeds.variance * self.count / count, seeds.df + count - self.count)
            return _half_width([scaled, *rows], confidence) < target

        counts = range(max(self.fewest, self.count), MOST_SPLITS + 1)
        return next(filter(settles, counts), None)


def smallest_sign_flip(pairs: int) -> float:
    """Return the smallest two-sided p-value of a sign-flip test, 2 / 2^pairs."""
    return min(1.0, 2.0 ** (1 - pairs))


def what_can_be_shown(seeds: int, confidence: float = 0.95) -> str:
    """Return a sentence on what a number of paired seeds can show, before anything is trained.

    Parameters
    ----------
    seeds : int
        Pairs of runs, at least 1.
    confidence : float, default=0.95
        In (0, 1).
    """
    if seeds < 2:
        return f"{seeds} seed shows nothing: two or more show how much runs differ by chance."
    least = smallest_sign_flip(seeds)
    flip = f"a sign flip of {seeds} pairs cannot go below p = {least:.3g}"
    if seeds < FEWEST_SEEDS:
        return (
            f"{seeds} seeds give an interval, and no claim: {flip}, and so few are not enough for the "
            f"interval alone. A claim takes {FEWEST_SEEDS}."
        )
    effect = detected_effect([(1.0 / seeds, seeds - 1)], confidence, DEFAULT_POWER)
    shown = (
        f"{seeds} seeds show a difference of {effect:.2g} standard deviations between seeds in "
        f"{100 * DEFAULT_POWER:g} % of studies, if there are many test rows"
    )
    return f"{shown}; {flip}." if least > 1 - confidence else f"{shown}."


def _part(values: Array) -> Part:
    return Part(float(values.var(ddof=1)) / len(values), len(values) - 1)


def _residual(table: Array) -> float:
    """Return the interaction of seeds and rows as a variance of the mean of a table."""
    seeds, rows = table.shape
    rest = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    return float((rest**2).sum()) / ((seeds - 1) * (rows - 1)) / (seeds * rows)


def _half_width(parts: Sequence[Part], confidence: float) -> float:
    return math.sqrt(
        sum(float(stdtrit(part.df, (1 + confidence) / 2)) ** 2 * part.variance for part in parts)
    )


def _interval(mean: float, parts: Sequence[Part], confidence: float) -> Interval:
    half = _half_width(parts, confidence)
    return Interval(mean, mean - half, mean + half, math.sqrt(sum(part.variance for part in parts)))
