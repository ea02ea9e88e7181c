"""Detection of the separator of a text table and of its comment lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from bridle.errors import InputError

__all__ = ["TableText", "has_number"]

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BLANK = " "
_NAMES = {**_SEPARATORS, _BLANK: "blanks"}
_FIRST_LINE = re.compile(r'^"?sep=(?P<sign>[,;|\t])"?[ ,;|\t]*$', re.IGNORECASE)
_RECORDS_LOOKED_AT = 50
_NUMBER = re.compile(r"^\s*[-+]?[0-9]*[.,]?[0-9]+(e[-+]?[0-9]+)?\s*$", re.IGNORECASE)

Fields = list[str]


@dataclass(frozen=True)
class TableText:
    """The lines of a table, its separator, and notes on assumptions.

    Attributes
    ----------
    text : str
        The text, in which other lines are empty, so that line numbers remain.
    separator : str
        The separator of its fields.
    notes : tuple of str
        Sentences on assumptions.
    """

    text: str
    separator: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, text: str, usual: str, name: str) -> TableText:
        """Find the separator of a text and its comments.

        Parameters
        ----------
        text : str
            The text of the file.
        usual : str
            The usual separator of files with this extension.
        name : str
            Name of the file, for messages.

        Raises
        ------
        InputError
            Two separators or two headers are possible.
        """
        text, named = _without_first_line(text)
        lines = list(io.StringIO(text, newline=""))
        marked = _comments(lines)
        table = _emptied(lines, marked) if marked else text
        separator = named or _separator(table, usual, name)
        notes = []
        if separator != usual:
            notes.append(f"The fields of {name} are separated by {_NAMES[separator]}.")
        if marked:
            marked, header = _own_lines(lines, marked, table, separator, name)
            notes += _said(name, len(marked), header)
            if header is not None:
                lines[header] = lines[header].lstrip().removeprefix("#").lstrip()
            text = _emptied(lines, marked)
        text, repeats = _without_repeats(text, separator)
        if repeats:
            lines_that = "1 line that repeats" if repeats == 1 else f"{repeats:,} lines that repeat"
            notes.append(f"{name} has {lines_that} its header, left out.")
        if separator == _BLANK:
            text = "".join(line.lstrip(_BLANK) for line in io.StringIO(text, newline=""))
        return cls(text, separator, tuple(notes))


def _without_first_line(text: str) -> tuple[str, str | None]:
    """Blank a first line ``sep=;``, as spreadsheets write it, and return its separator."""
    end = re.search(r"\r\n|\r|\n", text)
    first = _FIRST_LINE.match(text[: end.start()]) if end else None
    return (text, None) if first is None or end is None else (text[end.start() :], first["sign"])


def _comments(lines: Sequence[str]) -> list[int]:
    """Return the lines that begin with # outside quotes."""
    found, quoted = [], False
    for place, line in enumerate(lines):
        if not quoted and line.lstrip().startswith("#"):
            found.append(place)
        else:
            quoted ^= line.count('"') % 2 == 1
    return found


def _emptied(lines: Sequence[str], places: Iterable[int]) -> str:
    empty = frozenset(places)
    return "".join(
        line[len(line.rstrip("\r\n")) :] if place in empty else line
        for place, line in enumerate(lines)
    )


def _own_lines(
    lines: Sequence[str], marked: list[int], table: str, separator: str, name: str
) -> tuple[list[int], int | None]:
    """Return the comment lines, and the line with # that is the header, if there is one."""
    records = _records(table, separator)
    if not records:
        return marked, None
    first = next(place for place, line in enumerate(lines) if line.strip())
    width = len(records[0])
    fields = {place: _records(lines[place].lstrip(), separator)[0] for place in marked}
    if (
        first != marked[0]
    ):  # then values begin with #, except in lines with another number of fields
        return [place for place in marked if len(fields[place]) != width], None
    last = max(place for place in marked if _all_marked(lines, place))
    if width == 1 or len(fields[last]) != width:
        return marked, None
    if has_number(records[:1]):
        return [place for place in marked if place != last], last
    if has_number(records[1:]):
        return marked, None
    raise InputError(
        f"{name} has two readings: its header may be line {last + 1}, {lines[last].strip()!r}, or the "
        "first line without #. Remove that line, or its #."
    )


def _without_repeats(text: str, separator: str) -> tuple[str, int]:
    """Blank lines that repeat the header, as in concatenated files, and return their number too."""
    lines = list(io.StringIO(text, newline=""))
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    header = lines[first].rstrip("\r\n") if first < len(lines) else ""
    fields = _records(header, separator)
    if not fields or len(fields[0]) < 2 or has_number(fields):
        return text, 0
    places = [
        place for place, line in enumerate(lines) if place > first and line.rstrip("\r\n") == header
    ]
    return (_emptied(lines, places), len(places)) if places else (text, 0)


def _all_marked(lines: Sequence[str], place: int) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines[:place])


def has_number(records: Iterable[Fields]) -> bool:
    """Return whether a field of the records is a number."""
    return any(_NUMBER.match(field) for fields in records for field in fields)


def _said(name: str, comments: int, header: int | None) -> list[str]:
    notes = []
    if comments:
        many = (
            "1 line of comments, which is"
            if comments == 1
            else f"{comments:,} lines of comments, which are"
        )
        notes.append(f"{name} has {many} left out.")
    if header is not None:
        notes.append(f"The header of {name} is line {header + 1}, which begins with #.")
    return notes


def _separator(text: str, usual: str, name: str) -> str:
    """Return the separator that splits the first records into equal numbers of fields."""
    split = {
        separator: [len(fields) for fields in _records(text, separator)]
        for separator in _SEPARATORS
    }
    widths = {separator: found for separator, found in split.items() if found and found[0] > 1}
    exact = [width for width, found in widths.items() if min(found) == max(found)]
    if len(exact) > 1:
        first, second = (_NAMES[separator] for separator in exact[:2])
        raise InputError(
            f"{name} has two readings: {first} split all its lines alike, and {second} do. Say which "
            f"by a first line sep={exact[0]} or sep={exact[1]}.".replace("\t", "<tab>")
        )
    near = [
        width for width, found in widths.items() if min(found) > 1 and max(found) - min(found) <= 1
    ]
    for candidates in (exact, near, list(widths)):
        if candidates:
            return usual if usual in candidates else candidates[0]
    blanks = {len(fields) for fields in _records(text, _BLANK)}
    return _BLANK if blanks and min(blanks) > 1 and max(blanks) - min(blanks) <= 1 else usual


def _records(text: str, separator: str) -> list[Fields]:
    """Return the first records that are not blank."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator == _BLANK
    )
    found: list[Fields] = []
    # Errors are reported, with their line, when all records are read.
    with suppress(csv.Error):
        found.extend(
            islice((record for record in reader if "".join(record).strip()), _RECORDS_LOOKED_AT)
        )
    if separator != _BLANK:
        return found
    return [record if record[-1] else record[:-1] for record in found]
