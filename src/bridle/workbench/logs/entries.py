"""`Entries`: the entries of a log, and their combination to a training log.

Frameworks write the training loss more often than the validation loss (every few steps), or on a
separate line. Each validation loss is paired with the mean of the training losses logged since the
previous validation: by epoch if no two validations have the same epoch, otherwise by step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.logs.loss_names import train_name, validation_name
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["Entries", "log_of"]

_STEPS = ("step", "global_step")


@dataclass(frozen=True)
class Entries:
    """The entries of a log, before it is known which numbers are the losses.

    Attributes
    ----------
    name : str
        The log, for messages.
    source : str
        The writer.
    rows : sequence of mapping of str to float
        Entries in the order in which they were written. Values that were not logged are missing in
        the mapping; NaN is a loss that was NaN.
    noise : bool or None
        Whether dropout acted while the training loss was measured; None if nothing shows it.
    notes : tuple of str
    """

    name: str
    source: str
    rows: Sequence[Mapping[str, float]]
    noise: bool | None = None
    notes: tuple[str, ...] = ()


def log_of(entries: Entries, train: str | None, validation: str | None) -> TrainingLog:
    """Return the log of one run; of several runs in one file, the last.

    Parameters
    ----------
    entries : Entries
    train, validation : str or None
        Names of the losses; recognised by common words if None (`validation_name`).

    Raises
    ------
    InputError
        There is no validation loss, or several are possible.
    """
    names = list(dict.fromkeys(key for row in entries.rows for key in row))
    of_validation = validation_name(names, validation, entries.name)
    of_training = train_name([name for name in names if name != of_validation], train, entries.name)
    unit, key = _clock(entries.rows, of_validation)
    rows, before = _last_run(entries.rows, key)
    seen = [row for row in rows if of_validation in row]
    if not seen:
        raise InputError(
            f"{entries.name} must hold a validation loss of its last run. Received: none under "
            f"{of_validation!r} after run {before}."
        )
    at = np.array([row[key] for row in seen] if key else range(1, len(seen) + 1), dtype=np.float64)
    return TrainingLog(
        name=entries.name,
        source=entries.source,
        unit=unit,
        at=at + _from_one(unit, at),
        train_loss=None if of_training is None else _means(rows, of_training, of_validation, key),
        val_loss=np.array([row[of_validation] for row in seen]),
        noise=entries.noise,
        notes=(*entries.notes, *_said_of_runs(before)),
    )


def _clock(
    rows: Sequence[Mapping[str, float]], validation: str
) -> tuple[Literal["epoch", "step"], str | None]:
    """Return unit and name of the time: distinct epochs, or steps, or None for the order of entries."""
    seen = [row for row in rows if validation in row]
    for unit, keys in (("epoch", ("epoch",)), ("step", _STEPS)):
        for key in keys:
            times = [row.get(key, np.nan) for row in seen]
            if np.isfinite(times).all() and (np.diff(times) != 0).all():
                return ("epoch" if unit == "epoch" else "step"), key
    return "epoch", None


def _last_run(
    rows: Sequence[Mapping[str, float]], key: str | None
) -> tuple[Sequence[Mapping[str, float]], int]:
    """Return the rows of the last run, and the number of runs before it; time restarts with each."""
    if key is None:
        return rows, 0
    timed = [at for at, row in enumerate(rows) if key in row]
    starts = [here for above, here in pairwise(timed) if rows[here][key] < rows[above][key]]
    return (rows[starts[-1] :] if starts else rows), len(starts)


def _from_one(unit: str, at: Array) -> float:
    """Return 1 for epochs counted from 0, as Keras' CSVLogger and Lightning do."""
    return 1.0 if unit == "epoch" and at[0] == 0 else 0.0


def _means(
    rows: Sequence[Mapping[str, float]], train: str, validation: str, key: str | None
) -> Array:
    """Return the mean training loss that belongs to each validation; NaN if none was logged."""
    places = _places(rows, validation, key)
    logged: list[list[float]] = [[] for _ in range(sum(validation in row for row in rows))]
    for row, place in zip(rows, places, strict=True):
        if train in row and place < len(logged):
            logged[place].append(row[train])
    return np.array([np.mean(losses) if losses else np.nan for losses in logged])


def _places(rows: Sequence[Mapping[str, float]], validation: str, key: str | None) -> Sequence[int]:
    """Return, for each row, the position of the first validation that is not before it."""
    if key is None:
        made = np.cumsum([validation in row for row in rows])
        return [int(done) - (validation in row) for done, row in zip(made, rows, strict=True)]
    times = [row[key] for row in rows if validation in row]
    return [int(np.searchsorted(times, row.get(key, np.inf))) for row in rows]


def _said_of_runs(before: int) -> tuple[str, ...]:
    if not before:
        return ()
    runs = "another run" if before == 1 else f"{before} other runs"
    return (
        f"The file holds {runs} before this run, which were left out: time begins again with each.",
    )
