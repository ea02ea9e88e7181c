"""`BetweenEpochs`: progress, checkpoints and interruption between epochs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bridle.networks.engine.checkpoint import Checkpoints
from bridle.networks.engine.job import Job
from bridle.networks.engine.watch import Watch

__all__ = ["BetweenEpochs"]


@dataclass(frozen=True, eq=False)
class BetweenEpochs:
    """Actions after each epoch of a group of jobs.

    Attributes
    ----------
    advance : callable
        Called from any thread with a job that has finished an epoch. Default: does nothing.
    checkpoints : Checkpoints or None
        Storage for unfinished groups; default None.
    stopped : threading.Event
        Set to stop the training.
    """

    advance: Callable[[Job], None] = lambda job: None
    checkpoints: Checkpoints | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def begin(self, group: Sequence[Job], watches: Sequence[Watch]) -> int:
        """Restore watches from a checkpoint, and return the number of finished epochs."""
        if self.checkpoints is None:
            return 0
        epochs = self.checkpoints.restore(group, watches)
        for job, watch in zip(group, watches, strict=True):
            for _ in watch.curves:
                self.advance(job)
        return epochs

    def close(self, group: Sequence[Job], watches: Sequence[Watch], epochs: int) -> None:
        """Report epoch ``epochs`` of the jobs that have finished it, and save a checkpoint if due.

        Raises
        ------
        InterruptedError
            The training was stopped.
        CheckpointError
            A checkpoint could not be written.
        """
        for job, watch in zip(group, watches, strict=True):
            if len(watch.curves) == epochs:
                self.advance(job)
        if self.stopped.is_set():
            if self.checkpoints is not None:
                self.checkpoints.save(group, watches, epochs)
            raise InterruptedError("The training was interrupted.")
        if self.checkpoints is not None:
            self.checkpoints.offer(group, watches, epochs)

    def end(self, group: Sequence[Job]) -> None:
        """Delete the checkpoint of a group whose outcomes have been taken."""
        if self.checkpoints is not None:
            self.checkpoints.remove(group)
