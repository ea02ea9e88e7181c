"""Steps between two epochs beside the training: progress, a checkpoint, an end."""

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
    """What a training does whenever a group of jobs has ended an epoch.

    Attributes
    ----------
    advance : callable
        Called with a job whose epoch ended, from any thread. Default: does nothing.
    checkpoints : Checkpoints or None
        Where groups are kept, and begun from. Default None.
    stopped : threading.Event
        Asks to give up.
    """

    advance: Callable[[Job], None] = lambda job: None
    checkpoints: Checkpoints | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def begin(self, group: Sequence[Job], watches: Sequence[Watch]) -> int:
        """Put watches where an earlier training left them, and return how many epochs are done."""
        if self.checkpoints is None:
            return 0
        epochs = self.checkpoints.restore(group, watches)
        for job, watch in zip(group, watches, strict=True):
            for _ in watch.curves:
                self.advance(job)
        return epochs

    def close(self, group: Sequence[Job], watches: Sequence[Watch], epochs: int) -> None:
        """Note that an epoch ended for those jobs that have so many in all.

        Raises
        ------
        InterruptedError
            The training was asked to give up.
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
        """Forget a group whose outcomes were taken."""
        if self.checkpoints is not None:
            self.checkpoints.remove(group)
