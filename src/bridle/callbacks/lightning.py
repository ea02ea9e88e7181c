"""Callbacks of Lightning: the diagnosis of a training, and the log of a trial."""

from __future__ import annotations

from abc import ABC
from typing import Any

try:
    from lightning.pytorch import Callback
except ImportError:
    from pytorch_lightning import Callback

from bridle.callbacks.listener import Listener
from bridle.callbacks.reporter import Reporter
from bridle.callbacks.trial_log import TrialLog
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.logs.loss_names import train_name, validation_name
from bridle.workbench.trials.trial import Trial

__all__ = ["LightningDiagnosis", "LightningTrial"]


class _Follower(Callback, ABC):
    """Passes to a listener the losses that the module logged, once an epoch."""

    def __init__(self, listener: Listener, train: str | None, validation: str | None) -> None:
        super().__init__()
        self.train, self.validation = train, validation
        self._listener = listener

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin a new run."""
        self._listener.begin()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Take the losses of an epoch, after its validation."""
        logged = trainer.callback_metrics
        names = list(logged)
        validation = validation_name(names, self.validation, "The module")
        train = train_name([name for name in names if name != validation], self.train, "The module")
        self._listener.losses(
            trainer.current_epoch + 1,
            None if train is None else float(logged[train]),
            float(logged[validation]),
        )

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """End the run."""
        self._listener.end()


class LightningDiagnosis(_Follower):
    """Reports when a training by Lightning begins to overfit or diverges, and how it ended.

    Reads what the module logged as its losses, once an epoch: ``self.log("val_loss", …)`` in
    ``validation_step`` and, for the training loss, ``self.log("train_loss", …, on_epoch=True)``.

    Parameters
    ----------
    train, validation : str, optional
        Names of the losses. Default: found by their words.

    Raises
    ------
    InputError
        After the first epoch, if the module logged no validation loss, or several.
    """

    _listener: Reporter

    def __init__(self, *, train: str | None = None, validation: str | None = None) -> None:
        super().__init__(Reporter(), train, validation)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the epochs so far; None before the first that was validated."""
        return self._listener.diagnosis


class LightningTrial(_Follower):
    """Log the losses of a training by Lightning in a trial of `bridle.Trials`.

    Names, sources and errors of the losses are those of `LightningDiagnosis`.

    Parameters
    ----------
    trial : Trial
    train, validation : str, optional
    """

    def __init__(
        self, trial: Trial, *, train: str | None = None, validation: str | None = None
    ) -> None:
        super().__init__(TrialLog(trial), train, validation)
