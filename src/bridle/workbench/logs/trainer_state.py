"""The state of Hugging Face's Trainer: ``trainer_state.json`` in the folder of a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bridle.errors import InputError
from bridle.workbench.logs.entries import Entries

__all__ = ["entries_of_trainer_state", "is_trainer_state"]


def is_trainer_state(given: object) -> bool:
    """Return whether this is the content of a ``trainer_state.json``."""
    return isinstance(given, Mapping) and isinstance(given.get("log_history"), list)


def entries_of_trainer_state(given: Mapping[str, Any], name: str) -> Entries:
    """Return the entries that the Trainer logged.

    Its last entry, the mean loss of the whole training, is left out. With
    ``logging_nan_inf_filter`` (its default) the Trainer logs 0 or the previous loss instead of an
    infinite or NaN loss. An infinite or NaN gradient reveals this; the loss is then NaN.

    Raises
    ------
    InputError
        ``log_history`` is not a list of mappings.
    """
    history = given["log_history"]
    if not all(isinstance(entry, Mapping) for entry in history):
        raise InputError(f"{name} must hold a list of mappings as 'log_history'.")
    rows = [_numbers(entry) for entry in history if "train_runtime" not in entry]
    return Entries(name, "the Trainer of Hugging Face", rows)


def _numbers(entry: Mapping[str, Any]) -> dict[str, float]:
    numbers = {
        str(key): float(value)
        for key, value in entry.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    if not math.isfinite(numbers.get("grad_norm", 0.0)) and "loss" in numbers:
        numbers["loss"] = math.nan
    return numbers
