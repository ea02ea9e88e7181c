"""Callbacks of skorch: the diagnosis of a training, and the log of a trial."""

from __future__ import annotations

from abc import ABC
from typing import Any

from skorch.callbacks import Callback

from bridle.callbacks.listener import Listener
from bridle.callbacks.reporter import Reporter
from bridle.callbacks.trial_log import TrialLog
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.trials.trial import Trial

__all__ = ["SkorchDiagnosis", "SkorchTrial"]


class _Follower(Callback, ABC):
    """Passes to a listener ``train_loss`` and ``valid_loss`` after each epoch that was validated."""

    # skorch takes every attribute without an underscore at its end for an argument.
    _listener_: Listener

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **others: Any) -> None:
        """Begin a new run."""
        self._listener_.begin()

    def on_epoch_end(self, net: Any, **others: Any) -> None:
        """Take the losses of an epoch."""
        losses = net.history[-1]
        if "valid_loss" in losses:
            train = losses.get("train_loss")
            self._listener_.losses(
                float(losses["epoch"]),
                None if train is None else float(train),
                float(losses["valid_loss"]),
            )

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **others: Any) -> None:
        """End the run."""
        self._listener_.end()


class SkorchDiagnosis(_Follower):
    """Reports when a training by skorch begins to overfit or diverges, and how it ended.

    Reads ``train_loss`` and ``valid_loss`` after each epoch that was validated.

    Examples
    --------
    ``NeuralNetClassifier(module, callbacks=[SkorchDiagnosis()])``
    """

    _listener_: Reporter

    def __init__(self) -> None:
        self._listener_ = Reporter()

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the epochs so far; None before the first that was validated."""
        return self._listener_.diagnosis


class SkorchTrial(_Follower):
    """Log the losses of a training by skorch in a trial of `bridle.Trials`.

    Reads ``train_loss`` and ``valid_loss`` after each epoch that was validated.

    Parameters
    ----------
    trial : Trial
    """

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self._listener_ = TrialLog(trial)
