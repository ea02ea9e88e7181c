"""Intervals of a regression from the errors that the study's models made on rows they did not see.

For a level 1 - a, the interval is ``prediction ± q``, where q is the smallest number such that a share
of ``(1 - a) (1 + 1/m)`` of the absolute errors on test rows, over all splits of the study, is at most
q. m is the number of test rows, each counted once: at most the rows of the table.

The errors are those of models that were fitted to the training rows of a split, fewer than the model
that predicts; so they are rather too large than too small. The interval holds for new rows like those
of the table, all together: it has one width, and says nothing about a kind of rows that is harder than
others. It is the interval that Barber et al. call the jackknife, over splits in place of single rows:
it covers at its level where a fit changes little if some rows are left out, and has no guarantee where
it does not. Their CV+ has one, of 1 - 2a, and is used where the models of all splits are kept
(`bridle.workbench.model.intervals.cv_plus`).

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
        In units of the target, from the smallest up.
    weights : ndarray of shape (k,)
        How many errors each stands for.
    n_rows : int
        Of the table.
    """

    sizes: Array
    weights: Array
    n_rows: int

    def half_width(self, level: float) -> float:
        """Return q for a level.

        Parameters
        ----------
        level : float
            In (0, 1).

        Raises
        ------
        InputError
            It is none, or there are too few errors for it.
        """
        if not (isinstance(level, float) and 0 < level < 1):
            raise InputError(
                f"level must be strictly between 0 and 1. Received: level={shown(level)}."
            )
        m, share = self._tested, self.share(level)
        if share > 1:
            raise InputError(
                f"level must be at most {m / (m + 1):.4g}, since the study tested on {m:,.0f} rows. "
                f"Received: level={level:g}. Ask for a lower one, or run the study on more rows."
            )
        # Rounding must not make the last of many equal steps a little too short.
        reached = np.cumsum(self.weights) / float(self.weights.sum()) >= share - 1e-12
        return float(self.sizes[int(reached.argmax())])

    def share(self, level: float) -> float:
        """Return the share of the errors that the quantile of a level is not below."""
        return level * (1 + 1 / self._tested)

    @property
    def _tested(self) -> float:
        return min(float(self.weights.sum()), self.n_rows)


def residuals_of(records: Sequence[Record], n_rows: int) -> Residuals | None:
    """Return the errors of an arm's runs that gave a result; None where there are none."""
    runs = [record for record in records if succeeded(record) and record.residuals]
    if not runs:
        return None
    sizes = np.concatenate([np.array(run.residuals, dtype=np.float64) for run in runs])
    weights = np.concatenate(
        [np.full(len(run.residuals or ()), run.n_test / len(run.residuals or ())) for run in runs]
    )
    order = np.argsort(sizes, kind="stable")
    return Residuals(sizes[order], weights[order], n_rows)
