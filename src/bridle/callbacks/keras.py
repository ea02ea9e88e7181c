"""Callbacks of Keras' ``fit``: the diagnosis of a training, and the log of a trial."""

from __future__ import annotations

from abc import ABC
from typing import Any

from bridle.backend import load_keras
from bridle.callbacks.listener import Listener
from bridle.callbacks.reporter import Reporter
from bridle.callbacks.trial_log import TrialLog
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.trials.trial import Trial

__all__ = ["KerasDiagnosis", "KerasTrial"]


keras: Any = load_keras()


class _Follower(keras.callbacks.Callback, ABC):
    """Passes to a listener ``loss`` and ``val_loss`` after each epoch that was validated."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin a new run."""
        self._listener.begin()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the losses of an epoch."""
        losses = logs or {}
        if "val_loss" in losses:
            train = losses.get("loss")
            self._listener.losses(
                epoch + 1, None if train is None else float(train), float(losses["val_loss"])
            )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """End the run."""
        self._listener.end()


class KerasDiagnosis(_Follower):
    """Reports when a training by Keras' ``fit`` begins to overfit or diverges, and how it ended.

    Reads ``loss`` and ``val_loss`` after each epoch that was validated.

    Examples
    --------
    ``model.fit(X, y, validation_split=0.1, callbacks=[KerasDiagnosis()])``
    """

    _listener: Reporter

    def __init__(self) -> None:
        super().__init__(Reporter())

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the epochs so far; None before the first that was validated."""
        return self._listener.diagnosis


class KerasTrial(_Follower):
    """Log the losses of a training by Keras' ``fit`` in a trial of `bridle.Trials`.

    Reads ``loss`` and ``val_loss`` after each epoch that was validated.

    Parameters
    ----------
    trial : Trial

    Examples
    --------
    ``trial.network(build).fit(X, y, validation_data=…, callbacks=[KerasTrial(trial)])``
    """

    def __init__(self, trial: Trial) -> None:
        super().__init__(TrialLog(trial))
