"""Head of a text table: its separator, quotes and header; then its rows, block by block."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.data.read_file.compression import COMPRESSED
from bridle.workbench.data.read_file.decoded_pieces import count_lines
from bridle.workbench.data.read_file.records import Records
from bridle.workbench.data.read_file.refusals import refuse_no_table
from bridle.workbench.data.read_file.regular_lines import RegularForm
from bridle.workbench.data.read_file.separators import TableText, has_number
from bridle.workbench.data.read_file.text import SEPARATORS, fields_of_any_length

__all__ = ["TextHead"]

_HEAD = 2**19
"""Bytes from which the separator, the header and comments are found."""

_LONGEST_RECORD = 2**26
"""Bytes after which an open quote is an error."""

_NO_END = "unexpected end of data"
"""Message of the csv module for a text that ends within quotes."""


@dataclass(frozen=True)
class TextHead:
    """The start of a text, which determines how the rest is read.

    Attributes
    ----------
    name : str
        Name of the file in messages.
    text : str
        Whole records; comments and other lines outside the table are emptied.
    records : Records
        The records of the text.
    has_comments : bool
        Whether comments were emptied.
    """

    name: str
    text: str
    records: Records
    has_comments: bool

    @classmethod
    def of(cls, path: Path, pieces: Iterator[bytes]) -> TextHead:
        """Read as many pieces as are needed to determine separator, quotes and header.

        Raises
        ------
        InputError
            The text is not a table, or can be read in two ways.
        """
        inner = PurePath(path.stem if path.suffix.lower() in COMPRESSED else path.name)
        usual = SEPARATORS.get(inner.suffix.lower(), ",")
        taken: list[bytes] = []
        while True:
            more = _take(pieces, _HEAD)
            taken.append(more)
            text = b"".join(taken).decode()
            table = TableText.of(text, usual, path.name)
            records = Records.of(table.text, table.separator, path.name)
            # The head may end within quotes.
            if not (more and _NO_END in records.fault and len(text) < _LONGEST_RECORD):
                break
        refuse_no_table(records, path.name)
        return cls(path.name, table.text, records, table.text != text)

    def blocks(
        self,
        pieces: Iterator[bytes],
        size: int,
        wanted: Collection[str],
        as_text: Collection[str],
    ) -> Iterator[Callable[[], pd.DataFrame]]:
        """Yield the rows in blocks of about ``size`` characters, indexed by line.

        Parameters
        ----------
        pieces : iterator of bytes
            The text after the head in UTF-8, in pieces of whole lines.
        size : int
        wanted : collection of str
            Names of the columns to read.
        as_text : collection of str
            Names of those columns whose fields stay text.

        Returns
        -------
        iterator of callable
            Each returns a table, in any thread.

        Raises
        ------
        InputError
            A line has a different number of fields, or cannot be split into fields.
        """
        reading = _Reading(self.name, self.records, set(wanted), set(as_text))
        form = self.regular_form()
        held, first_line = b"", self.top()[1]
        for piece in self.after(pieces, size):
            held += piece
            regular = form.find(held) if form else None
            if regular is not None:
                if len(regular.lines):
                    yield partial(reading.frame, held, first_line + regular.lines, 0)
                first_line += regular.count_lines(held)
                held = b""
                continue
            with fields_of_any_length():
                text = self._without_repeats(self._without_comments(held.decode()))
                records = self.records.further(text, first_line, self.name)
            if _NO_END in records.fault and len(held) < _LONGEST_RECORD:
                continue
            if records.lines or records.fault:
                refuse_no_table(records, self.name)
                found = np.frombuffer(records.lines, dtype=np.int64)
                empty = max(0, max(records.lengths) - len(self.records.names()))
                yield partial(reading.frame, text.encode(), found, empty)
            first_line += count_lines(held)
            held = b""
        if held:
            text = held.decode()
            refuse_no_table(self.records.further(text, first_line, self.name), self.name)

    def regular_form(self) -> RegularForm | None:
        """Return the form of regular lines after the header."""
        return RegularForm.of(self.records, self._header(), has_comments=self.has_comments)

    def top(self) -> tuple[str, int]:
        """Return the text to the end of the header, and the number of the line after it."""
        lines, body = self._body()
        return self.text[: len(self.text) - len(body)], 1 + lines

    def after(self, pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
        """Yield the text after the header in pieces of whole lines, given the pieces after the head."""
        return chain(_lines_of(self._body()[1], size), pieces)

    def _header(self) -> str:
        first = next(line for line in io.StringIO(self.text, newline="") if line.strip())
        return first.rstrip("\r\n")

    def _body(self) -> tuple[int, str]:
        """Return the number of lines to the end of the header, and the text after them."""
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
        """Empty the lines that begin with # and have another number of fields than the table."""
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
        header, fields = self._header(), self.records.header
        if header not in text or len(fields) < 2 or has_number([fields]):
            return text
        return "".join(
            "\n" if line.rstrip("\r\n") == header else line
            for line in io.StringIO(text, newline="")
        )


@dataclass(frozen=True)
class _Reading:
    """How records become a table."""

    name: str
    records: Records
    wanted: AbstractSet[str]
    as_text: AbstractSet[str]

    def frame(self, text: bytes, lines: npt.NDArray[np.int64], empty: int) -> pd.DataFrame:
        """Return the wanted columns of records with known line numbers.

        Parameters
        ----------
        text : bytes
        lines : ndarray of int64 of shape (n,)
        empty : int
            Number of empty fields after the named ones.
        """
        names, dialect = self.records.names(), self.records.dialect
        try:
            frame: pd.DataFrame = pd.read_csv(
                io.BytesIO(text),  # pandas takes a third of the time that it takes for a str
                sep=dialect.separator,
                quotechar=dialect.quote,
                escapechar=dialect.escape,
                skipinitialspace=dialect.skip_blanks,
                header=None,
                names=[*names, *(f"\0{place}" for place in range(empty))],
                usecols=[place for place, name in enumerate(names) if name in self.wanted],
                dtype=dict.fromkeys(self.as_text & set(names), str),
                index_col=False,
                low_memory=False,
                keep_default_na=False,
                na_values=[""],
            )
            frame.index = pd.Index(lines, name="line")
        except ValueError as error:  # from pandas' parser, or a different number of rows
            reason = str(error).splitlines()[0].rstrip(".")
            raise InputError(
                f"{self.name} cannot be read: {reason}. Check its quotes and escapes."
            ) from error
        return frame


def _take(pieces: Iterator[bytes], size: int) -> bytes:
    taken, length = list[bytes](), 0
    for piece in pieces:
        taken.append(piece)
        length += len(piece)
        if length >= size:
            break
    return b"".join(taken)


def _lines_of(text: str, size: int) -> Iterator[bytes]:
    """Yield a text in pieces of whole lines, of at least ``size`` characters."""
    held, length = list[str](), 0
    for line in io.StringIO(text, newline=""):
        held.append(line)
        length += len(line)
        if length >= size:
            yield "".join(held).encode()
            held, length = [], 0
    if held:
        yield "".join(held).encode()


def _fields(line: str, separator: str) -> int:
    return len(next(csv.reader([line.lstrip()], delimiter=separator), []))
