"""Callbacks of Hugging Face's Trainer: the diagnosis of a training, and the log of a trial."""

from __future__ import annotations

from abc import ABC
from typing import Any

from transformers import TrainerCallback

from bridle.callbacks.listener import Listener, PairedLosses
from bridle.callbacks.reporter import Reporter
from bridle.callbacks.trial_log import TrialLog
from bridle.errors import InputError
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.trials.trial import Trial

__all__ = ["HuggingFaceDiagnosis", "HuggingFaceTrial"]


class _Follower(TrainerCallback, ABC):
    """Passes to a listener the losses of each evaluation, and those of the training before it."""

    def __init__(self, listener: Listener, validation: str) -> None:
        self.validation = validation
        self._listener = listener

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Begin a new run."""
        self._pairs = PairedLosses()
        self._listener.begin()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        """Take what the Trainer logs: training losses, and the loss of an evaluation."""
        found = self._pairs.take(logs or {}, "loss", self.validation)
        if found is not None:
            self._listener.losses(float(state.epoch), *found)

    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """End the run."""
        self._listener.end()


class HuggingFaceDiagnosis(_Follower):
    """Reports when a training by the Trainer begins to overfit or diverges, and how it ended.

    Reads ``eval_loss`` at each evaluation, and the mean of the training losses that were logged
    since the one before it.

    Parameters
    ----------
    validation : str, optional
        Name of the validation loss, for a Trainer with several evaluation sets. Default
        ``"eval_loss"``.
    """

    _listener: Reporter

    def __init__(self, *, validation: str = "eval_loss") -> None:
        super().__init__(Reporter(), validation)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Diagnosis of the evaluations so far; None before the first."""
        return self._listener.diagnosis


class HuggingFaceTrial(_Follower):
    """Log the losses of a training by the Trainer in a trial of `bridle.Trials`.

    The Trainer draws the order of the rows from its own seed, 42 for all runs unless it is given, so
    it must be given: ``TrainingArguments(…, seed=trial.seed_of("order"))``.

    Parameters
    ----------
    trial : Trial
    validation : str, optional
        As for `HuggingFaceDiagnosis`.
    """

    _listener: TrialLog

    def __init__(self, trial: Trial, *, validation: str = "eval_loss") -> None:
        super().__init__(TrialLog(trial), validation)

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Begin the run, if its seed is that of the trial.

        Raises
        ------
        InputError
            The trainer's seed is not that of the trial.
        """
        wanted = self._listener.trial.seed_of("order")
        if {args.seed, args.data_seed} - {wanted, None}:
            raise InputError(
                "TrainingArguments must have seed=trial.seed_of('order'), or all trials would read "
                f"their rows in the same order. Received: seed={args.seed!r}, "
                f"data_seed={args.data_seed!r}, for {self._listener.trial}."
            )
        super().on_train_begin(args, state, control, **others)
