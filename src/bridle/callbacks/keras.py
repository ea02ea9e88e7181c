"""Diagnosis of a training by Keras, while it runs."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.callbacks.reporter import Reporter
from bridle.workbench.diagnosis.diagnosis import Diagnosis

__all__ = ["KerasDiagnosis"]


keras: Any = load_keras()


class KerasDiagnosis(keras.callbacks.Callback):
    """Say when a training by Keras' ``fit`` begins to overfit or diverges, and how it ended.

    Reads ``loss`` and ``val_loss`` after each epoch that was validated.

    Examples
    --------
    ``model.fit(X, y, validation_split=0.1, callbacks=[KerasDiagnosis()])``
    """

    def __init__(self) -> None:
        super().__init__()
        self._reporter = Reporter()

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the epochs so far; None before the first that was validated."""
        return self._reporter.diagnosis

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin a new run."""
        self._reporter.begin()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the losses of an epoch."""
        losses = logs or {}
        if "val_loss" in losses:
            train = losses.get("loss")
            self._reporter.losses(
                epoch + 1, None if train is None else float(train), float(losses["val_loss"])
            )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Say what the run came to."""
        self._reporter.end()
