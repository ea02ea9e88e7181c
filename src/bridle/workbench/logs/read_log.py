"""Reading of a log, a history in memory or a file, recognised by its content."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.workbench.logs.entries import Entries, log_of
from bridle.workbench.logs.keras_history import entries_of_history, is_history
from bridle.workbench.logs.log_folder import log_in_folder
from bridle.workbench.logs.table_log import entries_of_csv
from bridle.workbench.logs.tensorboard import entries_of_events, is_event_file
from bridle.workbench.logs.trainer_state import entries_of_trainer_state, is_trainer_state
from bridle.workbench.logs.training_log import TrainingLog
from bridle.workbench.logs.wandb_run import entries_of_wandb, is_wandb_file

__all__ = ["read_log"]

_FORMS = (
    "a history of Keras, its history as a dict or in JSON, a CSV of Keras' CSVLogger or Lightning, "
    "trainer_state.json of Hugging Face, event files of TensorBoard, or the .wandb file of a run of W&B"
)


def read_log(given: Any, train: str | None = None, validation: str | None = None) -> TrainingLog:
    """Return the losses of one run.

    Parameters
    ----------
    given : keras.callbacks.History, mapping, str or os.PathLike
        The return value of ``fit``, its ``history``, the content of a ``trainer_state.json``, a
        file, or the folder of a run with one.
    train, validation : str, optional
        Names of the losses. Default: recognised by common words, such as ``"val_loss"``.

    Returns
    -------
    TrainingLog

    Raises
    ------
    InputError
        The file cannot be read, or has no validation loss.
    UnknownNameError
        A name is not in the log.
    """
    return log_of(_entries(given), train, validation)


def _entries(given: Any) -> Entries:
    if isinstance(given, str | os.PathLike):
        return _entries_of_file(Path(given))
    return _entries_in_memory(given, "The history")


def _entries_of_file(path: Path) -> Entries:
    if path.is_dir():
        path = log_in_folder(path)
    if is_wandb_file(path):
        return entries_of_wandb(path)
    if path.is_dir() or is_event_file(path):
        return entries_of_events(path)
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} must be text: {_FORMS}. Received: binary data.") from error
    if not text.lstrip().startswith("{"):
        return entries_of_csv(path, text)
    try:
        return _entries_in_memory(json.loads(text), path.name)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path.name} begins as JSON, but is not valid from line {error.lineno} on: {error.msg}. "
            "Write it again; the training may have ended while it was written."
        ) from error


def _entries_in_memory(given: Any, name: str) -> Entries:
    if is_trainer_state(given):
        return entries_of_trainer_state(given, name)
    if is_history(given):
        return entries_of_history(given, name)
    raise InputError(f"log must be {_FORMS}. Received: {shown(given)}.")
