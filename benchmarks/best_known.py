"""The lowest objective that any solver has reached at each strength."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.objective import Objective
from benchmarks.solvers.base import Fit
from benchmarks.task import Task

__all__ = ["ACCURACY", "BestKnown"]

Array = npt.NDArray[np.float64]

ACCURACY = 1e-6
"""In half null deviances: how near the best objective a path must come at every strength."""


@dataclass(frozen=True, eq=False)
class BestKnown:
    """Objectives of one task, kept in a file from run to run.

    Attributes
    ----------
    task : Task
    objective : Objective
        Judges the task.
    file : Path
    """

    task: Task
    objective: Objective
    file: Path

    @classmethod
    def of(cls, task: Task) -> BestKnown:
        """Return what is known of a task that lies on disk."""
        objective = Objective(task.X, task.y, task.loss, task.l1_ratio)
        return cls(task, objective, task.folder / "best.npy")

    def known(self) -> bool:
        """Whether any path has been judged."""
        return self.file.exists()

    def judge(self, fit: Fit) -> Array:
        """Return the objectives of a path, shape (S,), and remember the lowest."""
        values = self.objective.values(self.task.alphas, fit.coefs, fit.intercepts)
        if not np.isfinite(values).all():
            return np.full_like(values, np.inf)
        lowest = np.minimum(values, np.load(self.file)) if self.known() else values
        np.save(self.file, lowest)
        return values

    def gap(self, values: Array) -> float:
        """Return how far these objectives lie above the best known ones, at the worst strength."""
        return float(np.max(values - np.load(self.file)) / self.objective.half_null_deviance)
