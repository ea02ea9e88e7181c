"""Intervals of a regression from the errors of the study's models on their test rows.

At level 1 - a, the interval is ``prediction ± q``. Here q is the smallest number that a fraction of
``(1 - a) (1 + 1/m)`` of the absolute errors on test rows, over all splits, do not exceed; m is the
number of test rows, each counted once.

The errors are those of models with fewer training rows than the model that predicts, so they are if
anything too large. The level holds for new rows like those of the table on average: all intervals have
the same width, also for rows that are harder to predict. This is what Barber et al. call the jackknife,
with splits instead of single rows. It covers at its level if a fit changes little when some rows are
left out; if not, it has no guarantee. Their CV+ has a guarantee, 1 - 2a, and is used if the models of
all splits are saved (`bridle.workbench.model.intervals.cv_plus`).

Source: Barber, Candès, Ramdas and Tibshirani 2021, "Predictive inference with the jackknife+",
sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.evidence.results.pairs import succeeded
from bridle.workbench.record import Record

__all__ = ["Residuals", "residuals_of"]


@dataclass(frozen=True, eq=False)
class Residuals:
    """Absolute errors on test rows.

    Attributes
    ----------
    sizes : ndarray of shape (k,)
        In units of the target, in ascending order.
    weights : ndarray of shape (k,)
        Number of errors that each represents.
    n_rows : int
        Number of rows of the table.
    """

    sizes: Array
    weights: Array
    n_rows: int

    def half_width(self, level: float) -> float:
        """Return the half-width q at a level, in units of the target.

        Parameters
        ----------
        level : float
            In (0, 1).

        Raises
        ------
        InputError
            The level is outside (0, 1), or too few rows were tested for it.
        """
        if not (isinstance(level, float) and 0 < level < 1):
            raise InputError(
                f"level must be strictly between 0 and 1. Received: level={shown(level)}."
            )
        m, share = self._tested, self.share(level)
        if share > 1:
            raise InputError(
                f"level must be at most {m / (m + 1):.4g}, since the study tested {m:,.0f} rows. "
                f"Received: level={level:g}. Ask for a lower level, or run the study on more rows."
            )
        # Without a tolerance, rounding of the summed weights could skip the error that is meant.
        reached = np.cumsum(self.weights) / float(self.weights.sum()) >= share - 1e-12
        return float(self.sizes[int(reached.argmax())])

    def share(self, level: float) -> float:
        """Return the fraction of errors that the interval of a level must cover."""
        return level * (1 + 1 / self._tested)

    @property
    def _tested(self) -> float:
        return min(float(self.weights.sum()), self.n_rows)


def residuals_of(records: Sequence[Record], n_rows: int) -> Residuals | None:
    """Return the test errors of an arm's successful runs; None if there are none."""
    runs = [record for record in records if succeeded(record) and record.residuals]
    if not runs:
        return None
    sizes = np.concatenate([np.array(run.residuals, dtype=np.float64) for run in runs])
    weights = np.concatenate(
        [np.full(len(run.residuals or ()), run.n_test / len(run.residuals or ())) for run in runs]
    )
    order = np.argsort(sizes, kind="stable")
    return Residuals(sizes[order], weights[order], n_rows)
