"""Errors for files that are not tables, with the line and the remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from bridle.errors import InputError
from bridle.workbench.data.read_file.records import Records

__all__ = ["refuse_duplicates", "refuse_no_table"]

_MOST_TOLD = 5

_SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}


def refuse_no_table(records: Records, name: str) -> None:
    """Raise an InputError unless the records form a table with distinct column names.

    Raises
    ------
    InputError
        The records are not a table; the message names line and remedy.
    """
    if records.fit or records.row_names:
        refuse_duplicates(
            [name.strip() for name in records.header], f"{name}, line {records.start}"
        )
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
    ragged, width = records.ragged, records.width
    if len(ragged) == 1:
        line, found = ragged[0]
        said = f"{name}, line {line} has {_fields(found)} and the header has {width:,}"
    else:
        told = ", ".join(f"line {line} has {_fields(found)}" for line, found in ragged[:_MOST_TOLD])
        more = len(ragged) - _MOST_TOLD
        others = f", and {more:,} more line{'s' if more > 1 else ''}" if more > 0 else ""
        said = (
            f"{len(ragged):,} of the {len(records.lines):,} rows of {name} do not have the header's "
            f"{_fields(width)}: {told}{others}"
        )
    raise InputError(f"{said}. {'. '.join(_remedies(records))}.")


def _remedies(records: Records) -> list[str]:
    """Return remedies for the lines, which depend on whether lines are too long or too short."""
    ragged, width = records.ragged, records.width
    sign = _SIGNS.get(records.dialect.separator, "separator")
    surplus = [found - width for _, found in ragged if found > width]
    if len(surplus) == len(records.lines) > 1 and len({*surplus}) == 1:
        names = "a name" if surplus[0] == 1 else f"{surplus[0]:,} names"
        points = (
            ", or write decimals with points, if commas stand before them"
            if sign == "comma"
            else ""
        )
        return [f"All rows are alike, so the header seems to lack {names}: complete it{points}"]
    remedies = []
    if surplus:
        line = "this line" if len(ragged) == 1 else "a long line"
        remedies.append(
            f"If a field of {line} holds a {sign}, put that field in quotes; if not, remove what is too "
            "many"
        )
    if len(surplus) < len(ragged):
        remedies.append(
            "Complete the line, or remove it if it is no row of the table but a title or a total"
            if len(ragged) == 1
            else "Complete short lines, or remove those that are no rows of the table"
        )
    return remedies


def _fields(count: int) -> str:
    return f"{count:,} field{'s' if count > 1 else ''}"


def _refuse_single_column(records: Records, name: str) -> NoReturn:
    wider = [line for line, used in zip(records.lines, records.used, strict=True) if used > 1]
    remedy = (
        f"If the table begins below it, perhaps at line {min(wider)}, remove the lines above"
        if wider
        else "Separate the fields by commas, semicolons, tabs or bars"
    )
    named = f"a single column, {records.header[0].strip()!r}" if records.named else "no column"
    raise InputError(
        f"{name}, line {records.start} names {named}, but a table needs features besides the target. "
        f"{remedy}."
    )


def refuse_duplicates(names: Sequence[str], where: str) -> None:
    """Raise an InputError for repeated column names.

    Raises
    ------
    InputError
        A name occurs more than once.
    """
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        others = f" (and {len(twice) - 1:,} other names)" if len(twice) > 1 else ""
        raise InputError(
            f"{where} names the column {twice[0]!r} more than once{others}. Rename them; a "
            "text file needs a header in its first line."
        )
