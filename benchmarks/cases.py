"""The cases: what is drawn or read, and how fast bridle means to be on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.datasets import bag_of_words, correlated_gaussian, standardised_file

__all__ = ["CASES", "QUICK", "Case", "by_name"]


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
        See `benchmarks.task.Task`.
    goals : tuple of two float
        Our time over the fastest rival's: path, cross-validation.
    informative : int
        Features that carry signal.
    smallest : float
        Smallest strength over the largest.
    outputs : int
        Classes or responses.
    file : str
        The .npz file of real data, whose X is standardised; "" if the data are drawn.
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
    outputs: int = 1
    file: str = ""
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
            str(self.outputs) if self.outputs > 1 else "",
            "C" if self.order == "C" else "",
            "float32" if self.dtype == "float32" else "",
            "shuffled" if self.shuffled and not self.file else "",
        ]
        kind = Path(self.file).stem or shape
        return "-".join(filter(None, [kind, f"{self.n}x{self.p}", self.loss, *variant]))

    def draw(self, data: Path) -> tuple[Any, npt.NDArray[np.float64]]:
        """Return X and y: the same on every machine.

        Parameters
        ----------
        data : Path
            The folder of files of real data.

        Raises
        ------
        FileNotFoundError
            Where the case's file is not there.
        """
        if self.file:
            return standardised_file(data / self.file)
        if self.text:
            return bag_of_words(self.n, self.p, self.loss, self.informative, outputs=self.outputs)
        return correlated_gaussian(
            self.n,
            self.p,
            self.loss,
            self.informative,
            outputs=self.outputs,
            order=self.order,
            dtype=self.dtype,
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


def _text(loss: str, goals: tuple[float, float], n: int = 10_000, p: int = 100_000) -> Case:
    return Case(f"text {n:,} x {p:,} {loss}", n, p, loss, goals, text=True)


def _classes(case: Case, classes: int) -> Case:
    return replace(case, title=f"{case.title}, {classes} classes", outputs=classes)


def _responses(n: int, p: int, responses: int, goals: tuple[float, float]) -> Case:
    title = f"wide {n:,} x {p:,}, {responses} responses"
    return Case(title, n, p, "responses", goals, outputs=responses)


def _real(file: str, n: int, p: int, classes: int, smallest: float) -> Case:
    # Rows may be sorted by class, and a class would be missing from a fold of neighbours.
    return Case(
        f"{Path(file).stem} {n:,} x {p:,} multinomial, {classes} classes",
        n,
        p,
        "multinomial",
        (0.6, 0.3),
        smallest=smallest,
        outputs=classes,
        file=file,
        shuffled=True,
    )


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
    _real("tox_171.npz", 171, 5_748, 4, 1e-2),
    _real("isolet.npz", 1_560, 617, 26, 1e-4),
    _classes(_tall(60_000, 300, "multinomial", (0.5, 0.3)), 10),
    _classes(_text("multinomial", (0.7, 0.4)), 20),
    _responses(500, 5_000, 10, (0.6, 0.3)),
    _wide(500, 20_000, "cox", (0.7, 0.4)),
    _tall(20_000, 100, "cox", (0.7, 0.4)),
)

QUICK = (
    _wide(200, 5_000, "squared", (0.6, 0.25)),
    _tall(20_000, 100, "squared", (0.6, 0.05)),
    _tall(2_000, 50, "gamma", (0.5, 0.3)),
    _tall(2_000, 50, "tweedie", (0.5, 0.3)),
    _classes(_wide(100, 500, "multinomial", (0.6, 0.3)), 4),
    _classes(_tall(1_000, 30, "multinomial", (0.5, 0.3)), 5),
    _classes(_text("multinomial", (0.7, 0.4), 1_000, 2_000), 5),
    _responses(100, 500, 5, (0.6, 0.3)),
    _wide(100, 1_000, "cox", (0.7, 0.4)),
    _tall(2_000, 50, "cox", (0.7, 0.4)),
)
"""One case of each kind that takes seconds: they show that every row runs, not how fast it is."""

_REGISTERED = {case.name: case for case in (*QUICK, *CASES)}


def by_name(name: str) -> Case:
    """Return the case of that name.

    Raises
    ------
    KeyError
        Where there is none; the message lists the names.
    """
    if name not in _REGISTERED:
        raise KeyError(f"no case {name!r}; there are {', '.join(_REGISTERED)}")
    return _REGISTERED[name]
