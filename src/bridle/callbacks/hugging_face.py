"""Diagnosis of a training by Hugging Face's Trainer, while it runs."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from bridle.callbacks.reporter import Reporter
from bridle.workbench.diagnosis.diagnosis import Diagnosis

__all__ = ["HuggingFaceDiagnosis"]


class HuggingFaceDiagnosis(TrainerCallback):
    """Say when a training by the Trainer begins to overfit or diverges, and how it ended.

    Reads ``eval_loss`` at each evaluation, and the mean of the training losses that were logged
    since the one before it.

    Parameters
    ----------
    validation : str, optional
        Name of the validation loss, for a Trainer with several evaluation sets. Default
        ``"eval_loss"``.
    """

    def __init__(self, *, validation: str = "eval_loss") -> None:
        self.validation = validation
        self._reporter = Reporter()
        self._logged: list[float] = []

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the evaluations so far; None before the first."""
        return self._reporter.diagnosis

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Begin a new run."""
        self._reporter.begin()
        self._logged = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        """Take what the Trainer logs: training losses, and the loss of an evaluation."""
        losses = logs or {}
        if "loss" in losses:
            self._logged.append(float(losses["loss"]))
        if self.validation in losses:
            train = sum(self._logged) / len(self._logged) if self._logged else None
            self._reporter.losses(float(state.epoch), train, float(losses[self.validation]))
            self._logged = []

    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Say what the run came to."""
        self._reporter.end()
