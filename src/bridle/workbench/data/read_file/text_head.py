"""Head of a text table: how its fields are told apart, and its rows after it, block by block."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.data.read_file.compression import COMPRESSED
from bridle.workbench.data.read_file.records import Records
from bridle.workbench.data.read_file.refusals import refuse_no_table
from bridle.workbench.data.read_file.separators import TableText, has_number
from bridle.workbench.data.read_file.text import SEPARATORS, fields_of_any_length

__all__ = ["TextHead"]

_HEAD = 2**19
"""Characters that the separator, the header and comments are found from."""

_LONGEST_RECORD = 2**26
"""Characters after which quotes that do not end are a fault."""

Signs = npt.NDArray[np.uint8]
"""Bytes of a text."""

_NO_END = "unexpected end of data"
"""What the csv module says of a text that ends within quotes."""


@dataclass(frozen=True)
class TextHead:
    """The start of a text, and what it says about the rest.

    Attributes
    ----------
    name : str
        What messages call the file.
    text : str
        Whole records; lines that are none of the table's are empty.
    records : Records
        Those in it.
    has_comments : bool
        Whether lines were emptied.
    """

    name: str
    text: str
    records: Records
    has_comments: bool

    @classmethod
    def of(cls, path: Path, pieces: Iterator[str]) -> TextHead:
        """Read as many pieces as it takes to know how fields are told apart.

        Raises
        ------
        InputError
            It is no table, or has two readings.
        """
        inner = PurePath(path.stem if path.suffix.lower() in COMPRESSED else path.name)
        usual = SEPARATORS.get(inner.suffix.lower(), ",")
        taken: list[str] = []
        while True:
            more = _take(pieces, _HEAD)
            taken.append(more)
            text = "".join(taken)
            table = TableText.of(text, usual, path.name)
            records = Records.of(table.text, table.separator, path.name)
            # It may end within quotes.
            if not (more and _NO_END in records.fault and len(text) < _LONGEST_RECORD):
                break
        refuse_no_table(records, path.name)
        return cls(path.name, table.text, records, table.text != text)

    def blocks(
        self,
        pieces: Iterator[str],
        size: int,
        wanted: Collection[str],
        as_text: Collection[str],
    ) -> Iterator[pd.DataFrame]:
        """Give the rows, in blocks of about so many characters, indexed by line.

        Parameters
        ----------
        pieces : iterator of str
            What follows the head, whole lines each.
        size : int
        wanted : collection of str
            Names of the columns to read.
        as_text : collection of str
            Those of them whose fields stay text.

        Raises
        ------
        InputError
            A line has another number of fields, or cannot be split into fields.
        """
        lines, body = self._body()
        held, first_line = "", 1 + lines
        for piece in chain(_lines_of(body, size), pieces):
            held += piece
            with fields_of_any_length():
                text = self._without_repeats(self._without_comments(held))
                records = _regular(text, self.records, first_line)
                records = records or self.records.further(text, first_line, self.name)
            if _NO_END in records.fault and len(held) < _LONGEST_RECORD:
                continue
            if records.lines or records.fault:
                refuse_no_table(records, self.name)
                yield self._frame(text, records, wanted, as_text)
            first_line += held.count("\n")
            held = ""
        if held:
            refuse_no_table(self.records.further(held, first_line, self.name), self.name)

    def _body(self) -> tuple[int, str]:
        """Return how many lines there are to the end of the header, and the text after them."""
        dialect = self.records.dialect
        reader = csv.reader(
            io.StringIO(self.text, newline=""),
            delimiter=dialect.separator,
            quotechar=dialect.quote,
            escapechar=dialect.escape,
            skipinitialspace=dialect.skip_blanks,
        )
        with fields_of_any_length():
            for fields in reader:
                if fields == self.records.header:
                    break
        stream = io.StringIO(self.text, newline="")
        for _ in range(reader.line_num):
            stream.readline()
        return reader.line_num, stream.read()

    def _without_comments(self, text: str) -> str:
        """Empty the lines that begin with # and have other fields than the table's."""
        if not self.has_comments or "#" not in text:
            return text
        width, separator = len(self.records.header), self.records.dialect.separator
        kept = [
            "\n" if line.lstrip().startswith("#") and _fields(line, separator) != width else line
            for line in io.StringIO(text, newline="")
        ]
        return "".join(kept)

    def _without_repeats(self, text: str) -> str:
        """Empty the lines that repeat the header, as in concatenated files."""
        first = next(one for one in io.StringIO(self.text, newline="") if one.strip())
        header = first.rstrip("\r\n")
        fields = self.records.header
        if header not in text or len(fields) < 2 or has_number([fields]):
            return text
        return "".join(
            "\n" if one.rstrip("\r\n") == header else one for one in io.StringIO(text, newline="")
        )

    def _frame(
        self, text: str, records: Records, wanted: Collection[str], as_text: Collection[str]
    ) -> pd.DataFrame:
        names, dialect = self.records.names(), self.records.dialect
        empty = max([*records.lengths, len(names)]) - len(names)
        places = [place for place, one in enumerate(names) if one in set(wanted)]
        options: dict[str, Any] = {"dtype": {one: str for one in names if one in set(as_text)}}
        try:
            frame: pd.DataFrame = pd.read_csv(
                io.BytesIO(
                    text.encode()
                ),  # what pandas would make of a text, at a third of the time
                sep=dialect.separator,
                quotechar=dialect.quote,
                escapechar=dialect.escape,
                skipinitialspace=dialect.skip_blanks,
                header=None,
                names=[*names, *(f"\0{place}" for place in range(empty))],
                usecols=places,
                index_col=False,
                low_memory=False,
                keep_default_na=False,
                na_values=[""],
                **options,
            )
            frame.index = pd.Index(np.frombuffer(records.lines, dtype=np.int64), name="line")
        except ValueError as error:  # of its parser, or of another number of rows
            reason = str(error).splitlines()[0].rstrip(".")
            raise InputError(
                f"{self.name} cannot be read: {reason}. Check its quotes and escapes."
            ) from error
        return frame


def _take(pieces: Iterator[str], size: int) -> str:
    taken, length = list[str](), 0
    for piece in pieces:
        taken.append(piece)
        length += len(piece)
        if length >= size:
            break
    return "".join(taken)


def _lines_of(text: str, size: int) -> Iterator[str]:
    """Give a text in pieces of whole lines, of so many characters at least."""
    held, length = list[str](), 0
    for line in io.StringIO(text, newline=""):
        held.append(line)
        length += len(line)
        if length >= size:
            yield "".join(held)
            held, length = [], 0
    if held:
        yield "".join(held)


def _fields(line: str, separator: str) -> int:
    return len(next(csv.reader([line.lstrip()], delimiter=separator), []))


def _regular(text: str, head: Records, first_line: int) -> Records | None:
    """Return the records of lines that have a field for each name; None for others, or odd quotes.

    What `Records.further` would find, without splitting each line.
    """
    dialect = head.dialect
    odd = dialect.skip_blanks or dialect.escape or head.row_names or head.width != len(head.header)
    if odd or (dialect.quote in text and len(head.header) < 2):
        return None
    signs = np.frombuffer(text.encode(), dtype=np.uint8)
    if dialect.quote in text:
        unquoted = _without_quoted(signs, dialect.quote, dialect.separator)
        if unquoted is None:
            return None
        signs = unquoted
    ends = np.flatnonzero(signs == ord("\n"))
    if not text.endswith("\n"):
        ends = np.append(ends, len(signs))
    starts = np.concatenate([[0], ends[:-1] + 1])
    full = np.flatnonzero(ends > starts)
    parts = np.flatnonzero(signs == ord(dialect.separator))
    counts = np.searchsorted(parts, ends[full]) - np.searchsorted(parts, starts[full])
    width = len(head.header)
    if not len(full) or (counts != width - 1).any():
        return None
    lines = array("q", (first_line + full).astype(np.int64).tobytes())
    widths = array("q", [width]) * len(lines)
    return Records(dialect, head.header, head.start, lines, widths, widths)


def _without_quoted(signs: Signs, quote: str, separator: str) -> Signs | None:
    """Return signs with those within quotes as 0; None where a quote or a line is out of place.

    Quotes are in place where a field begins or ends, or in pairs; then every second one ends a text.
    """
    is_quote = signs == ord(quote)
    places = np.flatnonzero(is_quote)
    if len(places) % 2:
        return None
    border = is_quote | (signs == ord(separator)) | (signs == ord("\n"))
    padded = np.concatenate([[True], border, [True]])
    within = np.cumsum(is_quote, dtype=np.int64) % 2 == 1
    in_place = padded[places[::2]].all() and padded[places[1::2] + 2].all()
    if not in_place or (within & (signs == ord("\n"))).any():
        return None
    return np.where(within, np.uint8(0), signs)
