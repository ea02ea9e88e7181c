"""`GivenRun`: the facts about one run of another trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bridle.types import AnyArray, Array
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["GivenRun", "Kind"]

Kind = Literal["a log", "losses of rows", "a record"]


@dataclass(frozen=True, eq=False)
class GivenRun:
    """One run of one arm.

    Attributes
    ----------
    name : str
        The file, for messages.
    kind : {"a log", "losses of rows", "a record"}
        Kind of the source; runs of different kinds are not compared.
    metric : str
        Name of the compared loss: "val_loss", "log loss".
    seed : int or None
        None if it is not known.
    losses : ndarray of shape (n,) or (1,)
        The loss on each test row; for a log, the single validation loss that counts.
    train : float or None
        Training risk, if known.
    score : float or None
        Accuracy or R2, if known.
    rows : ndarray of shape (n,), or None
        Names of the test rows, if given.
    targets : ndarray of shape (n,), or None
    log : TrainingLog or None
    """

    name: str
    kind: Kind
    metric: str
    seed: int | None
    losses: Array
    train: float | None = None
    score: float | None = None
    rows: AnyArray | None = None
    targets: AnyArray | None = None
    log: TrainingLog | None = None

    @property
    def failed(self) -> bool:
        """Whether a loss is not a finite number."""
        return not bool(np.isfinite(self.losses).all())
