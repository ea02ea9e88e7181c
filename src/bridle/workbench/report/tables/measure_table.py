"""Table of further measures: AUC and calibration of classes, RMSE and MAE of numbers; confusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bridle.workbench.record import Record
from bridle.workbench.report.tables.calibration import calibration_error
from bridle.workbench.report.text import UNKNOWN, shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.wording import number

__all__ = ["Confusion", "MeasureTable", "confusion", "measure_table"]


@dataclass(frozen=True)
class MeasureTable:
    """Measures by arm.

    Attributes
    ----------
    heads : tuple of str
        Names of the measures.
    rows : tuple of (str, tuple of str)
        Name of an arm and its formatted measures: means over the runs, with standard deviation.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Confusion:
    """Test rows of all runs of an arm by true and predicted class.

    Attributes
    ----------
    arm : str
        Name of the arm.
    classes : tuple of str
        The classes.
    rows : tuple of tuple of (int, float)
        For each true class and each predicted one: rows, and their fraction of the true class.
    """

    arm: str
    classes: tuple[str, ...]
    rows: tuple[tuple[tuple[int, float], ...], ...]


def measure_table(by_arm: Mapping[str, Sequence[Record]], task: Task) -> MeasureTable | None:
    """Return the measures of each arm that has some; None if none has."""
    heads = task.type.measure_heads
    rows = []
    for arm, runs in by_arm.items():
        measured = [run.measures for run in runs if run.measures]
        if not measured:
            continue
        cells = [_spread([measures.get(name) for measures in measured]) for name in heads]
        if task.is_classification:
            error = calibration_error(runs)
            cells.append(UNKNOWN if error is None else f"{100 * error:.1f} %")
        rows.append((shorten(arm, 24), tuple(cells)))
    calibration = ("Calibration error",) if task.is_classification else ()
    return MeasureTable((*heads.values(), *calibration), tuple(rows)) if rows else None


def confusion(arm: str | None, records: Sequence[Record], task: Task) -> Confusion | None:
    """Return the confusion of an arm's runs, added up; None if it was not measured."""
    tables = [
        record.measures["confusion"]
        for record in records
        if record.measures and "confusion" in record.measures
    ]
    if arm is None or not tables:
        return None
    counts = np.sum(np.array(tables), axis=0)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return Confusion(
        shorten(arm, 24),
        tuple(shorten(name, 24) for name in task.classes),
        tuple(
            tuple((int(count), round(float(share), 3)) for count, share in zip(*row, strict=True))
            for row in zip(counts, shares, strict=True)
        ),
    )


def _spread(values: Sequence[float | None]) -> str:
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return UNKNOWN
    if known.size == 1:
        return number(float(known[0]))
    return f"{number(float(known.mean()))} ± {number(float(f'{known.std(ddof=1):.2g}'))}"
