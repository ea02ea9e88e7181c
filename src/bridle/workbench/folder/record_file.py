"""Records on disk: JSON lines, one per run."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from types import NoneType
from typing import Any

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.files.atomic_file import write_atomic
from bridle.workbench.folder.sealed_line import seal, unseal
from bridle.workbench.record import Record

__all__ = ["parse_records", "read_records", "records_text", "write_records"]


_KINDS: dict[tuple[str, ...], tuple[type, ...]] = {
    ("arm",): (str,),
    ("seed", "n_train", "n_validation", "n_test"): (int,),
    ("seconds", "train_share"): (int, float),
    ("test_risk", "train_risk", "test_score", "best_test_risk"): (int, float, NoneType),
    ("best_epoch",): (int, NoneType),
    ("failure",): (str, NoneType),
    ("coefficients", "details", "effect", "measures", "selection"): (dict, NoneType),
}


def write_records(path: str | Path, records: Iterable[Record]) -> None:
    """Write records atomically as JSON lines, each with a checksum.

    Infinite numbers and NaN become null.

    Parameters
    ----------
    path : str or Path
        A file in an existing folder; an existing file is replaced.
    records : iterable of Record

    Raises
    ------
    OSError
        The file could not be written; `path` is unchanged.
    """
    write_atomic(path, records_text(records))


def records_text(records: Iterable[Record]) -> str:
    """Return the text that `write_records` writes."""
    return "".join(f"{seal(record.to_dict())}\n" for record in records)


def read_records(path: str | Path) -> tuple[Record, ...]:
    """Read the records that `write_records` wrote, in the same order.

    Null becomes None, or NaN inside a curve.

    Raises
    ------
    InputError
        The file cannot be read, or a line was changed; the message names the line.
    """
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"Cannot read the records {str(path)!r}: {error.strerror}.") from error
    return parse_records(lines, str(path))


def parse_records(lines: Iterable[bytes], name: str, *, first_line: int = 1) -> tuple[Record, ...]:
    """Return the records of lines that `write_records` wrote; see `read_records`.

    Parameters
    ----------
    lines : iterable of bytes
        The lines.
    name : str
        Name of the file, for messages.
    first_line : int
        Line number of the first line in the file, default 1.
    """
    return tuple(
        _record(line, f"line {number} of {name!r}")
        for number, line in enumerate(lines, start=first_line)
        if line.strip()
    )


def _record(line: bytes, place: str) -> Record:
    fields = unseal(line, place)
    try:
        _check_kinds(fields)
        return Record.from_dict({**fields, "curves": _curves(fields.get("curves"))})
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"There is no record in {place}: {error}. Another version of bridle wrote it; run the "
            f"study again, in another folder or with {option('overwrite', True)}."
        ) from error


def _check_kinds(fields: dict[str, Any]) -> None:
    """Raise an error for a run without a name, or with counts or losses that are not numbers."""
    for names, kinds in _KINDS.items():
        for name in names:
            value = fields.get(name)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise TypeError(f"{name} must not be {value!r}")


def _curves(curves: dict[str, Any] | None) -> dict[str, Any] | None:
    if curves is None:
        return None
    return {
        name: [math.nan if value is None else float(value) for value in values]
        for name, values in curves.items()
    }
