"""`ExportedRun`: a run in a form for all trackers; `runs_in` reads those of a folder."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridle.errors import InputError
from bridle.files.array_file import read_arrays_of
from bridle.types import AnyArray
from bridle.workbench.folder.file_names import RECORDS
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.logs.log_folder import seed_in_path
from bridle.workbench.record import Record

__all__ = ["ExportedRun", "runs_in"]

_CURVES = ("train_loss", "train_eval_loss", "val_loss", "penalty")
_RESULTS = ("test_risk", "train_risk", "test_score", "best_test_risk", "best_epoch", "seconds")


@dataclass(frozen=True)
class ExportedRun:
    """A run of an arm.

    Attributes
    ----------
    arm : str
    seed : int
    settings : dict of str to str
        Settings and choices of the arm, and the failure if there was one.
    curves : dict of str to list of float
        One number for each epoch; NaN and infinite numbers as they were.
    results : dict of str to float
        Final numbers, finite.
    """

    arm: str
    seed: int
    settings: dict[str, str]
    curves: dict[str, list[float]]
    results: dict[str, float]

    @property
    def name(self) -> str:
        """Name of the run, which is a path too: "dropout/seed3"."""
        return f"{self.arm.replace(':', '-')}/seed{self.seed}"


def runs_in(folder: Path) -> list[ExportedRun]:
    """Return the runs of a study's folder, or of a folder of `Trials`.

    Raises
    ------
    InputError
        The folder holds neither, or damaged files.
    """
    if (folder / RECORDS).is_file():
        return [_of_record(record) for record in read_records(folder / RECORDS)]
    if (folder / "trials.json").is_file():
        found = list(_of_trials(folder))
        if found:
            return found
    raise InputError(
        f"directory must be the folder of a finished study, with {RECORDS}, or of bridle.Trials with a "
        f"finished trial. Received: {str(folder)!r}."
    )


def _of_record(record: Record) -> ExportedRun:
    curves = {} if record.curves is None else vars(record.curves)
    details: Mapping[str, Any] = record.details or {}
    settings = {"n_train": str(record.n_train), **{key: str(details[key]) for key in details}}
    if record.failure is not None:
        settings["failure"] = record.failure
    numbers = {name: getattr(record, name) for name in _RESULTS}
    return ExportedRun(
        record.arm,
        record.seed,
        settings,
        {name: list(curves[name]) for name in _CURVES if name in curves},
        _finite(numbers),
    )


def _of_trials(folder: Path) -> Iterator[ExportedRun]:
    for path in sorted(folder.glob("*/seed*.npz")):
        arrays = read_arrays_of(io.BytesIO(path.read_bytes()), str(path), "Delete it.")
        numbers = {name: _mean(arrays.get(name)) for name in ("risk", "losses", "seconds")}
        risk = numbers["losses"] if numbers["risk"] is None else numbers["risk"]
        results = {"test_risk": risk, "seconds": numbers["seconds"]}
        yield ExportedRun(
            path.parent.name,
            int(seed_in_path(path) or 0),
            {},
            {name: arrays[name].tolist() for name in _CURVES if name in arrays},
            _finite(results),
        )


def _mean(values: AnyArray | None) -> float | None:
    return None if values is None else float(values.mean())


def _finite(numbers: Mapping[str, float | None]) -> dict[str, float]:
    return {
        name: float(number)
        for name, number in numbers.items()
        if number is not None and math.isfinite(number)
    }
