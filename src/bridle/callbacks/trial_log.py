"""`TrialLog`: the part of a trial callback that is equal for all trainers."""

from __future__ import annotations

from bridle.callbacks.listener import Listener
from bridle.errors import InputError
from bridle.workbench.trials.trial import Trial

__all__ = ["TrialLog"]


class TrialLog(Listener):
    """Writes the losses of a training into the log of its trial.

    Parameters
    ----------
    trial : Trial
        As `bridle.Trials` hands it out.

    Raises
    ------
    InputError
        ``trial`` is something else.
    """

    def __init__(self, trial: Trial) -> None:
        if not isinstance(trial, Trial):
            raise InputError(
                "trial must be one that bridle.Trials hands out: for trial in bridle.Trials('runs'). "
                f"Received: {trial!r}."
            )
        self.trial = trial

    def begin(self) -> None:
        """Refuse to train for a trial that is over.

        Raises
        ------
        InputError
            It is finished.
        """
        if self.trial.finished:
            raise InputError(
                f"A trial must be trained before its finish() is called. Received: {self.trial}, which "
                "is finished. Take the next trial."
            )

    def losses(self, epoch: float, train_loss: float | None, val_loss: float) -> None:
        """Log the losses of a validation."""
        measured = {} if train_loss is None else {"train_loss": train_loss}
        self.trial.log(**measured, val_loss=val_loss)

    def end(self) -> None:
        """Do nothing: only the user's test rows end a trial."""
