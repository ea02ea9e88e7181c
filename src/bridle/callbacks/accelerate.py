"""Trackers of Accelerate: the diagnosis of a training, and the log of a trial."""

from __future__ import annotations

from abc import ABC
from typing import Any

from accelerate.tracking import GeneralTracker

from bridle.callbacks.listener import Listener, PairedLosses
from bridle.callbacks.reporter import Reporter
from bridle.callbacks.trial_log import TrialLog
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.trials.trial import Trial

__all__ = ["AccelerateDiagnosis", "AccelerateTrial"]


class _Follower(GeneralTracker, ABC):
    """Passes to a listener the losses that a loop logs with ``accelerator.log``."""

    name = "bridle"
    requires_logging_directory = False

    def __init__(self, listener: Listener, train: str, validation: str) -> None:
        super().__init__()
        self.train, self.validation = train, validation
        self._listener = listener

    @property
    def tracker(self) -> Listener:
        """The listener that gets the losses."""
        return self._listener

    def start(self) -> None:
        """Begin a new run; ``accelerator.init_trackers`` calls it."""
        self._pairs, self._validations = PairedLosses(), 0
        self._listener.begin()

    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """Leave out the settings of the run, which are the user's."""

    def log(self, values: dict[str, Any], step: int | None = None, **others: Any) -> None:
        """Take what the loop logs: training losses, and the loss of a validation."""
        found = self._pairs.take(values, self.train, self.validation)
        if found is not None:
            self._validations += 1
            self._listener.losses(self._validations, *found)

    def finish(self) -> None:
        """End the run; ``accelerator.end_training`` calls it."""
        self._listener.end()


class AccelerateDiagnosis(_Follower):
    """Reports when a training with Accelerate begins to overfit or diverges, and how it ended.

    A tracker: ``Accelerator(log_with=AccelerateDiagnosis())``, then
    ``accelerator.init_trackers("run")`` and ``accelerator.log({"train_loss": …, "val_loss": …})``
    after each epoch.

    Parameters
    ----------
    train, validation : str
        Names of the losses. Default ``"train_loss"`` and ``"val_loss"``.
    """

    _listener: Reporter

    def __init__(self, *, train: str = "train_loss", validation: str = "val_loss") -> None:
        super().__init__(Reporter(), train, validation)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the validations so far; None before the first."""
        return self._listener.diagnosis


class AccelerateTrial(_Follower):
    """Log the losses of a training with Accelerate in a trial of `bridle.Trials`.

    A tracker, as `AccelerateDiagnosis`.

    Parameters
    ----------
    trial : Trial
    train, validation : str
    """

    def __init__(
        self, trial: Trial, *, train: str = "train_loss", validation: str = "val_loss"
    ) -> None:
        super().__init__(TrialLog(trial), train, validation)
