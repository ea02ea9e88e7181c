"""Lines of a text table that have a field for each name, found without splitting them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.workbench.data.read_file.records import Records
from bridle.workbench.data.read_file.separators import has_number

__all__ = ["RegularForm", "RegularLines"]

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RegularLines:
    """Lines that are not empty, each a record.

    Attributes
    ----------
    starts : ndarray of int64 of shape (n,)
        Their first bytes.
    lines : ndarray of int64 of shape (n,)
        How many lines are before each.
    """

    starts: Places
    lines: Places

    def count_lines(self, text: bytes) -> int:
        """Return how many lines the text has, in which these were found, empty ones included."""
        if not len(self.lines):
            return len(text)
        return int(self.lines[-1]) + text.count(b"\n", int(self.starts[-1]))


@dataclass(frozen=True)
class RegularForm:
    """What regular lines look like.

    Attributes
    ----------
    separator, quote : bytes
    width : int
        Fields of a line.
    header : bytes
        A line that no record may be, as in concatenated files; empty if there is none.
    refused : bytes
        A sign that may not be in them; empty if there is none.
    """

    separator: bytes
    quote: bytes
    width: int
    header: bytes
    refused: bytes

    @classmethod
    def of(cls, records: Records, header: str, *, has_comments: bool) -> RegularForm | None:
        """Return the form of the lines after a head, or None where they have to be split.

        Parameters
        ----------
        records : Records
            Those of the head.
        header : str
            Its line with the names.
        has_comments : bool
            Whether lines that begin with # are none of the table's.
        """
        dialect, width = records.dialect, len(records.header)
        separator, quote = dialect.separator.encode(), dialect.quote.encode()
        odd = dialect.skip_blanks or dialect.escape or records.row_names or records.width != width
        if odd or width < 2 or len(separator) != 1 or len(quote) != 1:
            return None
        repeated = b"" if has_number([records.header]) else header.encode()
        return cls(separator, quote, width, repeated, b"#" if has_comments else b"")

    def find(self, text: bytes) -> RegularLines | None:
        """Return the lines of a text, or None unless all of them are regular."""
        if self.refused and self.refused in text:
            return None
        starts, lines = (np.empty(len(text) // self.width + 1, dtype=np.int64) for _ in range(2))
        count = _core.regular_lines(
            text, self.separator, self.quote, self.width, self.header, starts, lines
        )
        return None if count < 0 else RegularLines(starts[:count], lines[:count])
