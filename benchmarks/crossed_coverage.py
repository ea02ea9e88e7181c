"""How often intervals on one fixed test set cover the truth, in simulated designs: a table.

Run as ``python -m benchmarks.crossed_coverage``; `crossed_coverage` is what the tests ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from bridle.workbench.evidence.results.fixed_test import FixedTest

__all__ = ["CONFIDENCE", "DESIGNS", "LIMITS", "SEEDS", "Crossed", "crossed_coverage"]

Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]
STUDIES = 10_000
CONFIDENCE = 0.95
ROWS = 100
SEEDS = (3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Crossed:
    """Standard deviations of the parts of a difference, and the shapes of their distributions.

    Attributes
    ----------
    of_seeds, of_rows, of_both : float
    seed, row : callable
        From (rng, shape) to numbers of mean 0 and standard deviation 1.
    """

    of_seeds: float
    of_rows: float
    of_both: float
    seed: Draw
    row: Draw

    def differences(self, rng: np.random.Generator, studies: int, seeds: int) -> Array:
        """Return differences of mean 0, of shape (studies, seeds, rows)."""
        return (
            self.of_seeds * self.seed(rng, (studies, seeds, 1))
            + self.of_rows * self.row(rng, (studies, 1, ROWS))
            + self.of_both * self.row(rng, (studies, seeds, ROWS))
        )


@dataclass(frozen=True)
class Coverage:
    """Shares of studies whose interval covers the truth, and the mean width of the first."""

    crossed: float
    over_seeds: float
    over_rows: float
    width: float


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.normal(size=shape)


def _skew(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.exponential(size=shape) - 1


def _heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.standard_t(3, shape) / np.sqrt(3)


def _two_values(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.where(rng.random(shape) < 0.5, 1.0, -1.0)


def _failing(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return differences of arms of which a fifth of the seeds fails, each by itself."""
    failed = (rng.random((2, *shape)) < 0.2).astype(float)
    return (failed[1] - failed[0]) / np.sqrt(0.32)


def _one_sided(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return ((rng.random(shape) < 0.2) - 0.2) / 0.4


DESIGNS = {
    "seeds vary": Crossed(1.0, 1.0, 1.0, _normal, _normal),
    "rows vary": Crossed(0.01, 1.0, 1.0, _normal, _normal),
    "both vary": Crossed(0.1, 1.0, 1.0, _normal, _normal),
    "both vary, without interplay": Crossed(0.1, 1.0, 0.05, _normal, _normal),
    "both vary, skew losses of rows": Crossed(0.1, 1.0, 1.0, _normal, _skew),
    "seeds vary, heavy tails": Crossed(1.0, 1.0, 1.0, _heavy, _skew),
    "both vary, heavy tails": Crossed(0.1, 1.0, 1.0, _heavy, _skew),
    "both vary, seeds of two values": Crossed(0.1, 1.0, 0.3, _two_values, _skew),
}
"""Designs whose coverage must be 93 % from three seeds on."""

LIMITS = {
    "seeds of two values": Crossed(1.0, 1.0, 1.0, _two_values, _normal),
    "a fifth of the seeds of each arm fails": Crossed(1.0, 1.0, 1.0, _failing, _normal),
    "a fifth of the seeds of one arm fails": Crossed(1.0, 1.0, 1.0, _one_sided, _normal),
    "seeds vary, skew": Crossed(1.0, 1.0, 1.0, _skew, _skew),
}
"""Designs in which a few seeds look alike by chance: they set `FEWEST_SEEDS`, or are reported."""


def crossed_coverage(
    design: Crossed, seeds: int, studies: int = STUDIES, seed: int = 0
) -> Coverage:
    """Return how often each interval covers the mean difference, which is 0."""
    rng = np.random.default_rng([seed, seeds])
    covered, width = np.zeros(3), 0.0
    of_seeds, of_rows = (float(stdtrit(df, (1 + CONFIDENCE) / 2)) for df in (seeds - 1, ROWS - 1))
    for table in design.differences(rng, studies, seeds):
        interval = FixedTest((np.zeros_like(table), table)).change(CONFIDENCE)
        assert interval is not None
        width += interval.high - interval.low
        naive = (
            of_seeds * table.mean(axis=1).std(ddof=1) / np.sqrt(seeds),
            of_rows * table.mean(axis=0).std(ddof=1) / np.sqrt(ROWS),
        )
        covered += [
            interval.low <= 0 <= interval.high,
            *(abs(interval.mean) <= half for half in naive),
        ]
    crossed, over_seeds, over_rows = (covered / studies).tolist()
    return Coverage(crossed, over_seeds, over_rows, width / studies)


def main() -> None:
    """Print the table: the crossed interval, then the naive ones over seeds and over rows."""
    print(f"| design | {' | '.join(f'{seeds} seeds' for seeds in SEEDS)} |")
    print("|---|" + "---|" * len(SEEDS))
    for name, design in (DESIGNS | LIMITS).items():
        found = [crossed_coverage(design, seeds) for seeds in SEEDS]
        cells = [
            f"{100 * rates.crossed:.1f} ({100 * rates.over_seeds:.0f}, {100 * rates.over_rows:.0f})"
            for rates in found
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
