"""What a solver of the benchmark can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.cases import Case
from benchmarks.losses import PERFECT, cox_losses, mean_losses
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["Fit", "Solver", "Validation", "cox_score", "decades", "mean_scores"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fit:
    """A path, and its seconds.

    ``coefs`` is a csc_matrix of shape (p, S) and ``intercepts`` has shape (S,). With K outputs they have
    shapes (K p, S), the p coefficients of the first output before those of the next, and (K, S).
    """

    coefs: sparse.csc_matrix
    intercepts: Array
    seconds: float

    def save(self, file: Path) -> None:
        """Write the path to an .npz file."""
        parts = {part: getattr(self.coefs, part) for part in ("data", "indices", "indptr", "shape")}
        np.savez(file, intercepts=self.intercepts, seconds=self.seconds, **parts)

    @classmethod
    def load(cls, file: Path) -> Fit:
        """Read what `save` wrote."""
        with np.load(file) as held:
            parts = held["data"], held["indices"], held["indptr"]
            coefs = sparse.csc_matrix(parts, shape=tuple(held["shape"]))
            return cls(coefs, held["intercepts"], float(held["seconds"]))


@dataclass(frozen=True, eq=False)
class Validation:
    """Mean score of the folds at each strength, shape (S,), and seconds.

    The score is the squared error of a row, summed over responses, or its deviance (twice the log loss).
    For Cox it is that of an event; see `cox_score`.
    """

    score: Array
    seconds: float

    def save(self, file: Path) -> None:
        """Write the scores to an .npz file."""
        np.savez(file, score=self.score, seconds=self.seconds)

    @classmethod
    def load(cls, file: Path) -> Validation:
        """Read what `save` wrote."""
        with np.load(file) as held:
            return cls(held["score"], float(held["seconds"]))


class Solver(ABC):
    """A library behind the calls that its users make, their checks of the input included.

    Attributes
    ----------
    tolerances : tuple of float
        The library's own tolerances, from loose to tight, that the search tries.
    in_process : bool
        Whether it runs in the worker, where a small fit warms it up before the clock starts.
    """

    tolerances: tuple[float, ...]
    in_process: bool = True

    @abstractmethod
    def version(self) -> str:
        """Name the library's version."""

    @abstractmethod
    def supports(self, case: Case) -> str | None:
        """Return why no path can be asked for, or None where it can."""

    @abstractmethod
    def validates(self, case: Case) -> str | None:
        """Return why no cross-validation can be asked for, or None where it can."""

    @abstractmethod
    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        """Fit all strengths on all rows."""

    @abstractmethod
    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        """Cross-validate all strengths on the task's folds."""


def decades(loose: int, tight: int) -> tuple[float, ...]:
    """Return powers of ten from 10^loose to 10^tight."""
    return tuple(10.0**power for power in range(loose, tight - 1, -1))


def mean_scores(loss: str, y: Array, eta: Array) -> Array:
    """Return the squared error or deviance at each strength, (n, S) or (n, K, S) to (S,)."""
    if loss == "squared":
        return np.asarray(((y[:, None] - eta) ** 2).mean(axis=0))
    perfect = PERFECT[loss](y).mean() if loss in PERFECT else 0.0
    return 2 * (mean_losses(loss, y, eta) - perfect)


def cox_score(y: Array, train: npt.NDArray[np.intp], eta: Array) -> Array:
    """Return the deviance that the test rows add, for each of their events, (n, S) to (S,).

    That is the deviance of all rows less that of the rows that train, both of the model of the latter.
    """
    events = y[:, 1].sum() - y[train, 1].sum()
    return np.asarray(2 * (cox_losses(y, eta) - cox_losses(y[train], eta[train])) / events)
