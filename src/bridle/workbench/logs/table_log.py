"""A log in CSV: from Keras' CSVLogger, from Lightning, or any CSV with a column for each loss."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from bridle.errors import InputError
from bridle.workbench.logs.entries import Entries

__all__ = ["entries_of_csv"]

_NOT_LOGGED = {"", "NA", "None"}
"""Values that were not logged: an empty field of Lightning, NA of Keras."""


def entries_of_csv(path: Path, text: str) -> Entries:
    """Return one entry for each line, without fields that are not numbers.

    Parameters
    ----------
    path : Path
        For messages.
    text : str
        Fields separated by commas, semicolons or tabs; the first line has the names.

    Raises
    ------
    InputError
        There is no line of numbers below the names.
    """
    lines = text.splitlines()
    separator = max(",;\t", key=lambda mark: lines[0].count(mark) if lines else 0)
    rows = [_numbers(row) for row in csv.DictReader(lines, delimiter=separator)]
    if not any(rows):
        raise InputError(
            f"{path.name} must hold names in its first line and numbers below them. Received: "
            f"{len(lines)} lines without a number in a column."
        )
    return Entries(path.name, _writer(rows), rows)


def _numbers(row: Mapping[str | None, str | list[str] | None]) -> dict[str, float]:
    return {
        name.strip(): number
        for name, field in row.items()
        if name is not None
        and isinstance(field, str)
        and (number := _number(field.strip())) is not None
    }


def _number(field: str) -> float | None:
    if field in _NOT_LOGGED:
        return None
    try:
        return float(field)
    except ValueError:
        return math.nan if field.lower().startswith("tensor(nan") else None


def _writer(rows: list[dict[str, float]]) -> str:
    """Return the name of the framework that seems to have written the file."""
    names = {name for row in rows for name in row}
    if {"epoch", "step"} <= names:
        return "Lightning's metrics"
    if {"epoch", "loss"} <= names:
        return "Keras' CSVLogger"
    return "a table"
