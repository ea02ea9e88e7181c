"""How often the interval of a verdict covers the truth, in simulated designs: a table.

Run as ``python -m benchmarks.coverage``; `simulated_coverage` is what the slow tests ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.workbench.evidence.intervals.corrected_interval import corrected_interval

__all__ = [
    "CONFIDENCE",
    "DESIGNS",
    "LIMITS",
    "Coverage",
    "Design",
    "draw_splits",
    "simulated_coverage",
    "true_change",
]

Array = npt.NDArray[np.float64]
STUDIES = 10_000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Design:
    """A kind of study whose true change is known, or found by a large simulation.

    Attributes
    ----------
    n_train, n_test, splits : int
        A ninth of the rows that are not tested on goes unused, as a validation part does, unless
        the splits are folds.
    draw : callable
        From (rng, n) to n new rows.
    losses : callable
        From training features, targets and test features, targets to the loss of the regularised
        arm minus that of the plain one on each test row.
    folds : bool
        Whether the splits are the folds of one draw.
    """

    n_train: int
    n_test: int
    splits: int
    draw: Callable[[np.random.Generator, int], tuple[Array, Array]]
    losses: Callable[[Array, Array, Array, Array], Array]
    folds: bool = False

    @property
    def n_rows(self) -> int:
        """Rows of a study."""
        return self.n_train + self.n_test + (0 if self.folds else self.n_train // 8)


@dataclass(frozen=True)
class Coverage:
    """Share of studies whose interval covers the truth: corrected, and without the correction."""

    corrected: float
    naive: float
    truth: float
    width: float


def _means(x: Array, y: Array, x_new: Array, y_new: Array) -> Array:
    """Squared loss of the mean of the training rows minus that of the constant 0."""
    return (y_new - y.mean()) ** 2 - y_new**2


def _ridge(strength: float) -> Callable[[Array, Array, Array, Array], Array]:
    """Squared loss of ridge regression minus that of least squares."""

    def losses(x: Array, y: Array, x_new: Array, y_new: Array) -> Array:
        gram, moment = x.T @ x, x.T @ y
        plain = np.linalg.solve(gram, moment)
        shrunk = np.linalg.solve(gram + strength * len(y) * np.eye(x.shape[1]), moment)
        return (y_new - x_new @ shrunk) ** 2 - (y_new - x_new @ plain) ** 2

    return losses


def _log_loss(x: Array, y: Array, x_new: Array, y_new: Array) -> Array:
    """Log loss of the class share shrunk to one half minus that of the share."""
    share = np.clip(y.mean(), 1e-3, 1 - 1e-3)
    shrunk = (y.sum() + 5) / (len(y) + 10)
    return _log_likelihood(y_new, share) - _log_likelihood(y_new, shrunk)


def _log_likelihood(y: Array, share: float) -> Array:
    return y * np.log(share) + (1 - y) * np.log(1 - share)


def _normal(shift: float) -> Callable[[np.random.Generator, int], tuple[Array, Array]]:
    return lambda rng, n: (np.empty((n, 0)), rng.normal(shift, 1.0, n))


def _tails(df: int) -> Callable[[np.random.Generator, int], tuple[Array, Array]]:
    return lambda rng, n: (np.empty((n, 0)), rng.standard_t(df, n) + 0.3)


def _linear(p: int, noise: float) -> Callable[[np.random.Generator, int], tuple[Array, Array]]:
    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        x = rng.normal(size=(n, p))
        return x, x[:, :3].sum(axis=1) + noise * rng.normal(size=n)

    return draw


def _binary(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return np.empty((n, 0)), (rng.random(n) < 0.7).astype(float)


DESIGNS = {
    "mean against 0, no effect": Design(80, 10, 10, _normal(0.0), _means),
    "mean against 0, effect": Design(80, 10, 10, _normal(0.5), _means),
    "mean against 0, tails of t with 8 df": Design(160, 20, 10, _tails(8), _means),
    "mean against 0, 30 % to test": Design(56, 27, 10, _normal(0.3), _means),
    "mean against 0, 30 % to test, 30 splits": Design(56, 27, 30, _normal(0.3), _means),
    "class share against a shrunk one": Design(80, 20, 10, _binary, _log_loss),
    "least squares against ridge, 20 features": Design(80, 10, 10, _linear(20, 3.0), _ridge(0.3)),
    "least squares against too much ridge": Design(160, 20, 10, _linear(10, 1.0), _ridge(0.2)),
    "least squares against ridge, 5 folds": Design(80, 20, 5, _linear(20, 3.0), _ridge(0.3), True),
    "least squares against ridge, 30 splits": Design(80, 10, 30, _linear(20, 3.0), _ridge(0.3)),
}

"""Designs whose coverage must be 92.5 % or more in 10,000 studies."""

LIMITS = {
    "mean against 0, tails of t with 3 df": Design(160, 20, 10, _tails(3), _means),
}
"""Designs that the correction was not made for: their coverage is reported."""


def simulated_coverage(design: Design, studies: int = STUDIES, seed: int = 0) -> Coverage:
    """Return how often the intervals cover the expected change at this training size."""
    rng = np.random.default_rng(seed)
    truth = true_change(design, np.random.default_rng(seed + 1))
    covered = np.zeros(2)
    widths = []
    for _ in range(studies):
        x, y = design.draw(rng, design.n_rows)
        changes = [
            design.losses(x[train], y[train], x[test], y[test]).mean()
            for train, test in draw_splits(design, rng, design.splits)
        ]
        for index, ratio in enumerate((design.n_test / design.n_train, 1e-12)):
            interval = corrected_interval(changes, 1.0, ratio, CONFIDENCE)
            covered[index] += interval.low <= truth <= interval.high
            if index == 0:
                widths.append(interval.high - interval.low)
    corrected, naive = covered / studies
    return Coverage(float(corrected), float(naive), truth, float(np.mean(widths)))


def draw_splits(design: Design, rng: np.random.Generator, splits: int) -> list[tuple[Array, Array]]:
    """Return training and test rows of random splits, or of the folds of one draw."""
    n = design.n_rows
    if design.folds:
        parts = np.array_split(rng.permutation(n), splits)
        return [(np.setdiff1d(np.arange(n), part), part) for part in parts]
    orders = (rng.permutation(n) for _ in range(splits))
    return [(order[: design.n_train], order[-design.n_test :]) for order in orders]


def true_change(design: Design, rng: np.random.Generator, draws: int = 4000) -> float:
    """Return the expected change, over training sets and new rows."""
    means = []
    for _ in range(draws):
        x, y = design.draw(rng, design.n_train + 400)
        n = design.n_train
        means.append(design.losses(x[:n], y[:n], x[n:], y[n:]).mean())
    return float(np.mean(means))


def main() -> None:
    """Print the table."""
    print("| design | truth | corrected | naive | mean width |\n|---|---|---|---|---|")
    for name, design in (DESIGNS | LIMITS).items():
        found = simulated_coverage(design)
        print(
            f"| {name} | {found.truth:.4f} | {100 * found.corrected:.1f} % | "
            f"{100 * found.naive:.1f} % | {found.width:.3f} |"
        )


if __name__ == "__main__":
    main()
