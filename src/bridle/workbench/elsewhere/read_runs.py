"""Reading of runs made elsewhere: logs, results for rows, and bridle's own records."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError, UnknownNameError
from bridle.workbench.elsewhere.given_run import GivenRun
from bridle.workbench.elsewhere.row_results import (
    is_row_results,
    runs_of_arrays,
    runs_of_frame,
    runs_of_npz,
    runs_of_table,
)
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.logs.log_folder import log_in_folder, seed_in_path
from bridle.workbench.logs.read_log import read_log
from bridle.workbench.logs.wandb_run import is_wandb_file, seed_of_wandb
from bridle.workbench.record import Record

__all__ = ["At", "read_runs"]

At = Literal["last", "best"]
_CONTROLS = {"dummy", "permuted_target"}


def read_runs(
    given: Any, arm: str, validation: str | None, at: At
) -> tuple[list[GivenRun], list[Record]]:
    """Return the runs of one arm, or its records if they are bridle's own.

    Parameters
    ----------
    given : path, mapping, array-like, DataFrame or History, or a sequence of them
        A mapping from seeds to any of these gives the runs their seeds.
    arm : str
        The arm to take from records that hold several, and its name in messages.
    validation : str or None
        Name of the validation loss in logs; recognised by common words if None.
    at : {"last", "best"}
        Which validation loss of a log counts.

    Raises
    ------
    InputError
        Nothing was given, something cannot be read, or one side mixes kinds.
    """
    items = _items(given)
    if not items:
        raise InputError(f"The runs of {arm!r} must be at least one. Received: none.")
    runs: list[GivenRun] = []
    records: list[Record] = []
    for seed, item in items:
        path = Path(item) if isinstance(item, str | os.PathLike) else None
        if path is not None and (found := _records_in(path)) is not None:
            records += _of_arm(read_records(found), arm, found)
        elif path is not None:
            runs += _of_path(path, seed, validation, at)
        else:
            runs += _in_memory(item, seed, arm, validation, at)
    if runs and records:
        raise InputError(
            f"The runs of {arm!r} must be of one kind. Received: records of bridle, and others."
        )
    return runs, records


def _items(given: Any) -> list[tuple[int | None, Any]]:
    """Return (seed, run) of what was given; a mapping from integers names the seeds."""
    if isinstance(given, Mapping) and given and all(isinstance(key, int) for key in given):
        return list(given.items())
    if isinstance(given, list | tuple):
        return [(None, item) for item in given]
    return [(None, given)]


def _records_in(path: Path) -> Path | None:
    """Return the records that a path means: a file of them, or the folder of a study."""
    if path.is_dir() and (path / "records.jsonl").is_file():
        return path / "records.jsonl"
    return path if path.suffix == ".jsonl" else None


def _of_arm(records: Sequence[Record], arm: str, path: Path) -> list[Record]:
    """Return the records of an arm, or of the only arm besides controls."""
    names = list(dict.fromkeys(record.arm for record in records if record.arm not in _CONTROLS))
    if arm in names:
        return [record for record in records if record.arm == arm]
    if len(names) == 1:
        return [replace(record, arm=arm) for record in records if record.arm == names[0]]
    raise UnknownNameError(f"arm in {path}", arm, names)


def _of_path(path: Path, seed: int | None, validation: str | None, at: At) -> list[GivenRun]:
    if path.is_dir():
        path = log_in_folder(path)
    seed = seed_in_path(path) if seed is None else seed
    if seed is None and is_wandb_file(path):
        seed = seed_of_wandb(path)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return runs_of_npz(path, seed)
    if suffix == ".parquet" or (suffix in (".csv", ".tsv") and is_row_results(_head(path))):
        return runs_of_table(path, seed)
    return [_of_log(path, path.name, seed, validation, at)]


def _head(path: Path) -> list[str]:
    """Return the names in the first line of a text file; none if there is no such file."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            line = file.readline(10_000)
    except OSError:
        return []
    separator = max(",;\t", key=line.count)
    return [cell.strip().strip('"') for cell in line.split(separator)]


def _in_memory(
    given: Any, seed: int | None, arm: str, validation: str | None, at: At
) -> list[GivenRun]:
    name = f"a run of {arm!r}"
    if isinstance(given, pd.DataFrame):
        return runs_of_frame(given, name, seed)
    if isinstance(given, Mapping) and is_row_results([str(name) for name in given]):
        return runs_of_arrays(given, name, seed)
    if isinstance(given, np.ndarray):
        return runs_of_arrays({"losses": given}, name, seed)
    if given is None or isinstance(given, int | float):
        raise InputError(
            f"{name} must be a file, a history, a mapping of arrays or an array of losses. Received: "
            f"{shown(given)}."
        )
    return [_of_log(given, name, seed, validation, at)]


def _of_log(given: Any, name: str, seed: int | None, validation: str | None, at: At) -> GivenRun:
    log = read_log(given, None, validation)
    losses = log.val_loss
    finite = bool(np.isfinite(losses).all())
    place = int(losses.argmin()) if at == "best" and finite else len(losses) - 1
    last = losses[place] if finite else np.nan
    return GivenRun(
        name, "a log", "validation loss", seed, np.array([last], dtype=np.float64), log=log
    )
