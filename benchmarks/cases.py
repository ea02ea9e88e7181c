"""The cases: what is drawn, and how fast bridle means to be on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.datasets import bag_of_words, correlated_gaussian

__all__ = ["CASES", "Case", "by_name"]


@dataclass(frozen=True)
class Case:
    """A data set, its strengths, its folds and its goals.

    Attributes
    ----------
    title : str
        How the case is named in the table.
    n, p : int
        Rows and features.
    loss : str
        "squared", "logistic", "poisson", "gamma" or "tweedie".
    goals : tuple of two float
        Our time over the fastest rival's: path, cross-validation.
    informative : int
        Features that carry signal.
    smallest : float
        Smallest strength over the largest.
    text : bool
        Whether X is a sparse bag of words; else it is dense and Gaussian.
    order, dtype : str
        How a dense X lies in memory.
    shuffled : bool
        Whether folds are dealt at random; else they are contiguous rows.
    folds : int
    """

    title: str
    n: int
    p: int
    loss: str
    goals: tuple[float, float]
    informative: int = 50
    smallest: float = 1e-2
    text: bool = False
    order: str = "F"
    dtype: str = "float64"
    shuffled: bool = False
    folds: int = 10

    @property
    def name(self) -> str:
        """How the command line names the case, such as "wide-500x20000-squared-float32"."""
        shape = "text" if self.text else "wide" if self.p > self.n else "tall"
        variant = [
            "C" if self.order == "C" else "",
            "float32" if self.dtype == "float32" else "",
            "shuffled" if self.shuffled else "",
        ]
        return "-".join(filter(None, [shape, f"{self.n}x{self.p}", self.loss, *variant]))

    def draw(self) -> tuple[Any, npt.NDArray[np.float64]]:
        """Return X and y: the same on every machine."""
        if self.text:
            return bag_of_words(self.n, self.p, self.loss, self.informative)
        return correlated_gaussian(
            self.n, self.p, self.loss, self.informative, order=self.order, dtype=self.dtype
        )

    def deal(self, folds: int | None = None) -> npt.NDArray[np.int32]:
        """Return the fold of each row, 0 to folds - 1, shape (n,): folds of equal size."""
        parts = folds or self.folds
        dealt = np.arange(self.n, dtype=np.int32) * parts // self.n
        return np.random.default_rng(1).permutation(dealt) if self.shuffled else dealt


def _wide(n: int, p: int, loss: str, goals: tuple[float, float], **variant: Any) -> Case:
    words = {"C": ", C order", "float32": ", float32"}
    title = f"wide {n:,} x {p:,} {loss}" + "".join(words[value] for value in variant.values())
    return Case(title, n, p, loss, goals, **variant)


def _tall(n: int, p: int, loss: str, goals: tuple[float, float], *, shuffled: bool = False) -> Case:
    title = f"tall {n:,} x {p:,} {loss}" + (", shuffled folds" if shuffled else "")
    return Case(title, n, p, loss, goals, p // 10, 1e-4, shuffled=shuffled)


def _text(loss: str, goals: tuple[float, float]) -> Case:
    return Case(f"text 10,000 x 100,000 {loss}", 10_000, 100_000, loss, goals, text=True)


CASES = (
    _wide(200, 5_000, "squared", (0.6, 0.25)),
    _wide(500, 20_000, "squared", (0.5, 0.25)),
    _wide(500, 20_000, "squared", (0.5, 0.25), order="C"),
    _wide(500, 20_000, "squared", (0.5, 0.25), dtype="float32"),
    _wide(500, 100_000, "squared", (0.5, 0.25)),
    _tall(20_000, 100, "squared", (0.6, 0.05)),
    _tall(200_000, 300, "squared", (0.6, 0.05)),
    _tall(200_000, 300, "squared", (0.6, 0.05), shuffled=True),
    _text("squared", (0.5, 0.25)),
    _wide(500, 20_000, "logistic", (0.7, 0.35)),
    _tall(20_000, 100, "logistic", (0.5, 0.2)),
    _text("logistic", (0.7, 0.3)),
    _wide(500, 20_000, "poisson", (0.5, 0.5)),
    _tall(20_000, 100, "poisson", (0.5, 0.5)),
    _tall(20_000, 100, "gamma", (0.5, 0.3)),
    _tall(200_000, 50, "tweedie", (0.5, 0.3)),
)


def by_name(name: str) -> Case:
    """Return the case of that name.

    Raises
    ------
    KeyError
        Where there is none; the message lists the names.
    """
    for case in CASES:
        if case.name == name:
            return case
    raise KeyError(f"no case {name!r}; there are {', '.join(case.name for case in CASES)}")
