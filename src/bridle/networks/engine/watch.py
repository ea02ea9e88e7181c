"""`Watch`: records the curves of a run, its best epoch, and when to stop."""

from __future__ import annotations

from math import isfinite

import numpy as np

from bridle.errors import DivergedError
from bridle.networks.curves import Curves
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.output_kind import mean_loss
from bridle.networks.template.template import State
from bridle.types import AnyArray

__all__ = ["Watch"]


class Watch:
    """Records one run.

    Parameters
    ----------
    job : Job
        The run.
    state : State
        Its initial state.
    """

    def __init__(self, job: Job, state: State) -> None:
        self.job = job
        self.state = self.best_state = state
        self.best_epoch = 0
        self.curves: list[tuple[float, float, float, float]] = []
        self.diverged: DivergedError | None = None

    @property
    def done(self) -> bool:
        """Whether the training is finished."""
        patience = self.job.regime.patience
        waited = len(self.curves) - self.best_epoch
        return (
            self.diverged is not None
            or len(self.curves) == self.job.epochs
            or (patience is not None and waited >= patience)
        )

    def losses(
        self, train_loss: float, outputs: AnyArray, penalty: float
    ) -> tuple[float, float, float, float]:
        """Return the four losses of an epoch from raw outputs for training and validation rows."""
        job, template = self.job, self.job.template
        n = len(job.training[1])
        z = template.linear(outputs)
        return (
            train_loss,
            mean_loss(template.kind, z[:n], job.training[1], job.weights[0]),
            mean_loss(template.kind, z[n:], job.validation[1], job.weights[1]),
            penalty,
        )

    def close_epoch(self, losses: tuple[float, float, float, float], state: State) -> None:
        """Record an epoch with finite losses."""
        assert all(map(isfinite, losses))
        best = self.curves[self.best_epoch - 1][2] if self.best_epoch else np.inf
        self.curves.append(losses)
        self.state = state
        if losses[2] < best:
            self.best_state, self.best_epoch = state, len(self.curves)

    def fail(self, state: State, reason: DivergedError) -> None:
        """Record that the run diverged, and its last finite weights."""
        self.state, self.diverged = state, reason

    def outcome(self, seconds: float, group: int) -> Outcome:
        """Return the result of the run."""
        early = self.job.regime.patience is not None and self.diverged is None
        ended = self.job.template.ended
        return Outcome(
            curves=Curves.of_epochs(self.curves),
            state=ended(self.best_state if early else self.state),
            best_state=ended(self.best_state),
            best_epoch=self.best_epoch,
            seconds=seconds,
            group=group,
            diverged=self.diverged,
        )
