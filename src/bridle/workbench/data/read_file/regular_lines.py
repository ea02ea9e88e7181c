"""Regular lines of a text table, with a field for each name, found without splitting them."""

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
        Position of the first byte of each.
    lines : ndarray of int64 of shape (n,)
        Number of lines before each.
    """

    starts: Places
    lines: Places

    def count_lines(self, text: bytes) -> int:
        """Return the number of lines of the searched text, including empty ones."""
        if not len(self.lines):
            return len(text)
        return int(self.lines[-1]) + text.count(b"\n", int(self.starts[-1]))


@dataclass(frozen=True)
class RegularForm:
    """The form of regular lines.

    Attributes
    ----------
    separator, quote : bytes
    width : int
        Fields of a line.
    header : bytes
        A header that must not occur as a record, as it does in concatenated files; empty if none.
    refused : bytes
        A character that must not occur in regular lines; empty if none.
    """

    separator: bytes
    quote: bytes
    width: int
    header: bytes
    refused: bytes

    @classmethod
    def of(cls, records: Records, header: str, *, has_comments: bool) -> RegularForm | None:
        """Return the form of the lines after a head, or None if they have to be split.

        Parameters
        ----------
        records : Records
            Records of the head.
        header : str
            Its line with the column names.
        has_comments : bool
            Whether lines that begin with # are comments.
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
