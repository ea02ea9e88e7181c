"""Diagnosis of a training by Lightning, while it runs."""

from __future__ import annotations

from typing import Any

try:
    from lightning.pytorch import Callback
except ImportError:
    from pytorch_lightning import Callback

from bridle.callbacks.reporter import Reporter
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.logs.loss_names import train_name, validation_name

__all__ = ["LightningDiagnosis"]


class LightningDiagnosis(Callback):
    """Say when a training by Lightning begins to overfit or diverges, and how it ended.

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

    def __init__(self, *, train: str | None = None, validation: str | None = None) -> None:
        super().__init__()
        self.train, self.validation = train, validation
        self._reporter = Reporter()

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the epochs so far; None before the first that was validated."""
        return self._reporter.diagnosis

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin a new run."""
        self._reporter.begin()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Take the losses of an epoch, after its validation."""
        logged = trainer.callback_metrics
        names = list(logged)
        validation = validation_name(names, self.validation, "The module")
        train = train_name([name for name in names if name != validation], self.train, "The module")
        self._reporter.losses(
            trainer.current_epoch + 1,
            None if train is None else float(logged[train]),
            float(logged[validation]),
        )

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Say what the run came to."""
        self._reporter.end()
