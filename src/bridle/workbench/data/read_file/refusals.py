"""Refusals of what is no table: by line, with the remedy that applies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from bridle.errors import InputError
from bridle.workbench.data.read_file.records import Records

__all__ = ["refuse_duplicates", "refuse_no_table"]


def refuse_no_table(records: Records, name: str) -> None:
    """Raise InputError unless records make a table whose columns have distinct names."""
    if records.fit or records.row_names:
        refuse_duplicates([one.strip() for one in records.header], f"{name}, line {records.start}")
    elif not (records.header or records.fault):
        raise InputError(f"{name} is empty. It needs a header line and rows.")
    elif records.header and records.named < 2:
        _refuse_single_column(records, name)
    elif records.fault:
        raise InputError(records.fault)
    elif not records.lines:
        raise InputError(f"{name} has a header and no rows.")
    else:
        _refuse_ragged(records, name)


def _refuse_ragged(records: Records, name: str) -> NoReturn:
    short = [line for length, line in records.lengths.items() if length < records.width]
    long = [line for used, line in records.used.items() if used > records.width]
    line = min(short + long)
    counts = records.used if line in long else records.lengths
    found = next(length for length, one in counts.items() if one == line)
    remedy = (
        "Quote fields that hold a separator, or complete the header"
        if line in long
        else "Complete the line, or remove it if it is none of the table's"
    )
    raise InputError(
        f"{name}, line {line} has {found:,} field{'s' if found > 1 else ''} and the header has "
        f"{records.width:,}. {remedy}."
    )


def _refuse_single_column(records: Records, name: str) -> NoReturn:
    wider = [line for length, line in records.used.items() if length > 1]
    remedy = (
        f"If the table begins below it, at line {min(wider)} perhaps, remove the lines above"
        if wider
        else "Separate the fields by commas, semicolons, tabs or bars"
    )
    named = f"a single column, {records.header[0].strip()!r}" if records.named else "no column"
    raise InputError(
        f"{name}, line {records.start} names {named}, and a table has features beside the target. "
        f"{remedy}."
    )


def refuse_duplicates(names: Sequence[str], where: str) -> None:
    """Raise InputError if a name stands twice."""
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        others = f" (and {len(twice) - 1:,} other names)" if len(twice) > 1 else ""
        raise InputError(
            f"{where} names the column {twice[0]!r} more than once{others}. Give every column a "
            "name of its own; a text file needs a header in its first line."
        )
