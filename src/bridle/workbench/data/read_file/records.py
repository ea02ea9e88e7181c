"""`Records`: the records of a text table, with their lines and numbers of fields."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridle.workbench.data.read_file.dialects import Dialect, dialects, in_quotes

__all__ = ["Records"]

_ROW_NAMES = "rownames"


@dataclass
class Records:
    """The result of one pass over the records.

    pandas fills short lines silently and does not report the line of a record, hence this pass.

    Attributes
    ----------
    dialect : Dialect
        The dialect.
    header : list of str
        Fields of the header.
    start : int
        Line of the header.
    lines : array of int
        First line of each record after the header.
    lengths : array of int
        Number of fields of each record.
    used : array of int
        The same, without empty fields at the end.
    names_of_rows : set of str
        First fields of records with one field more than the header.
    quotes_left : bool
        Whether a field is still in quotes, which another dialect may remove.
    fault : str
        Why the text cannot be split in this dialect; empty if it can.
    """

    dialect: Dialect
    header: list[str] = field(default_factory=list)
    start: int = 1
    lines: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("q"))
    used: array[int] = field(default_factory=lambda: array("q"))
    names_of_rows: set[str] = field(default_factory=set)
    quotes_left: bool = False
    fault: str = ""

    @classmethod
    def of(cls, text: str, separator: str, name: str) -> Records:
        """Return the records in the first dialect in which all have as many fields as the header.

        Dialects that leave no field in quotes come first. If no dialect fits, the usual one is used.
        """
        tried = []
        for dialect in dialects(text, separator):
            tried.append(cls._found(text, dialect, name))
            if tried[-1].fit and not tried[-1].quotes_left:
                break
        return min(tried, key=lambda way: (not way.fit, way.fit and way.quotes_left))

    @classmethod
    def _found(cls, text: str, dialect: Dialect, name: str) -> Records:
        found = cls(dialect)
        found._read(text, 1, name)
        return found

    def further(self, text: str, first_line: int, name: str) -> Records:
        """Return the records of a later piece of the same text, in the same dialect.

        Parameters
        ----------
        text : str
            Whole records.
        first_line : int
            The line at which it starts.
        name : str
        """
        found = Records(self.dialect, self.header, self.start)
        found._read(text, first_line, name)
        return found

    def _read(self, text: str, first_line: int, name: str) -> None:
        dialect, start = self.dialect, first_line
        may_be_quoted = len(list(dialects(text, dialect.separator))) > 1
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=dialect.separator,
            quotechar=dialect.quote,
            escapechar=dialect.escape,
            skipinitialspace=dialect.skip_blanks,
            strict=True,
        )
        try:
            for fields in reader:
                if not _is_blank(fields):
                    self._take(fields, start)
                    if may_be_quoted and any(map(in_quotes, fields)):
                        self.quotes_left = True
                start = first_line + reader.line_num
        except csv.Error as error:
            self.fault = (
                f"{name}, line {start} cannot be split into fields: {error}. Check its quotes."
            )

    def _take(self, fields: list[str], line: int) -> None:
        if not self.header:
            self.header, self.start = fields, line
            return
        self.lengths.append(len(fields))
        self.used.append(_used(fields))
        if len(fields) == len(self.header) + 1:
            self.names_of_rows.add(fields[0])
        self.lines.append(line)

    @property
    def named(self) -> int:
        """Number of fields of the header, without empty ones at its end."""
        return _used(self.header)

    @property
    def ragged(self) -> list[tuple[int, int]]:
        """The line, and the number of fields, of each record with more or fewer than the header."""
        width = self.width
        return [
            (line, used if used > width else length)
            for line, length, used in zip(self.lines, self.lengths, self.used, strict=True)
            if used > width or length < width
        ]

    @property
    def width(self) -> int:
        """Number of fields of a record, without those at the end that are empty in all records."""
        return self.named if max(self.used, default=0) <= self.named else len(self.header)

    @property
    def fit(self) -> bool:
        """Whether each record has as many fields as the header, apart from empty ones at the end."""
        return (
            not self.fault
            and self.named > 1
            and bool(self.lines)
            and min(self.lengths) >= self.width >= max(self.used)
        )

    @property
    def row_names(self) -> bool:
        """Whether records have one field more than the header, with distinct names, as in R."""
        return (
            not (self.fault or self.fit)
            and self.named > 1
            and {*self.lengths} == {len(self.header) + 1}
            and len(self.names_of_rows) == len(self.lines)
        )

    @property
    def empty_fields(self) -> int:
        """Largest number of empty fields at the end."""
        return 0 if self.row_names else max(max(self.lengths), len(self.header)) - self.width

    def names(self) -> list[str]:
        """Return a name for each field."""
        named = [_ROW_NAMES, *self.header] if self.row_names else self.header[: self.width]
        return [name.strip() or f"Unnamed: {place}" for place, name in enumerate(named)]

    def said(self, name: str) -> tuple[str, ...]:
        """Return sentences on assumptions."""
        notes = [*self.dialect.said(name)]
        if self.row_names:
            notes.append(
                f"The rows of {name} have one field more than its header: the first is taken for "
                f"names of the rows, as R writes them, and called {_ROW_NAMES!r}."
            )
        elif self.empty_fields:
            notes.append(
                f"Separators at the ends of lines of {name}, with nothing after them, are left out."
            )
        if _are_values(self.header):
            notes.append(
                f"All names of columns in {name}, line {self.start}, are numbers, for instance "
                f"{self.header[0].strip()!r}. If they are values, the file lacks a header."
            )
        return tuple(notes)


def _is_blank(fields: Sequence[str]) -> bool:
    return not fields or (len(fields) == 1 and fields[0].isspace())


def _used(fields: Sequence[str]) -> int:
    return next((end for end in range(len(fields), 0, -1) if fields[end - 1].strip()), 0)


def _are_values(header: Sequence[str]) -> bool:
    """Return whether all names are numbers, but not the default names 0, 1, … of pandas."""
    names = [name.strip() for name in header]
    if names == [str(place) for place in range(len(names))]:
        return False
    return all(_is_number(name) for name in names)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
