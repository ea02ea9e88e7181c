"""Column scan: the texts of columns, how often each occurs, and how many values are missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.encoding.levels import MOST_LEVELS
from bridle.readings.plain_text import are_plain, is_code
from bridle.rows.blocks.batch_columns import column_in, texts_in
from bridle.rows.blocks.column_types import is_text
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.scan import Scan

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ColumnContents", "ColumnScan"]


@dataclass
class ColumnContents:
    """What a column holds in some rows: its texts and truth values, and how many values are missing.

    Attributes
    ----------
    counts : dict of str to int
        How often each text occurs, in the order of first appearance. Once 1,001 texts occur, new ones
        are not counted.
    missing, truths, rows : int
        Number of values that are missing, that are true, and of all.
    are_numbers : bool
        Whether all texts are plain numbers, including those that are not counted.
    declared, plain, other : str
        Name of the first piece in which the column is categorical, text, or of another type; empty if
        there is none.
    """

    counts: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    truths: int = 0
    rows: int = 0
    are_numbers: bool = True
    declared: str = ""
    plain: str = ""
    other: str = ""

    @property
    def occurring(self) -> list[str]:
        """The texts that occur."""
        return [text for text, count in self.counts.items() if count]

    def add(self, texts: Sequence[str], counts: Sequence[int]) -> None:
        """Add texts; one that does not occur has its place in the order only."""
        known = len(self.occurring)
        for text, count in zip(texts, counts, strict=True):
            is_new = count > 0 and not self.counts.get(text)
            if is_new and known > MOST_LEVELS:
                continue
            known += is_new
            self.counts[text] = self.counts.get(text, 0) + count

    def merge(self, other: ColumnContents) -> None:
        """Add the rows of another sum, which come after these."""
        self.add([*other.counts], [*other.counts.values()])
        self.missing += other.missing
        self.truths += other.truths
        self.rows += other.rows
        self.are_numbers = self.are_numbers and other.are_numbers
        self.declared = self.declared or other.declared
        self.plain = self.plain or other.plain
        self.other = self.other or other.other


@dataclass(frozen=True, eq=False)
class ColumnScan(Scan[list[ColumnContents]]):
    """Counts the texts, the truth values and the missing values of some columns.

    Attributes
    ----------
    names : tuple of str
    keeps_order : bool
        Whether the order of a categorical column's levels is kept, those that do not occur among them.
    """

    names: tuple[str, ...]
    keeps_order: bool

    def empty(self) -> list[ColumnContents]:
        """Return the counts of no rows."""
        return [ColumnContents() for _ in self.names]

    def add_piece(
        self,
        state: list[ColumnContents],
        batches: Iterable[pa.RecordBatch],
        columns: UsedColumns,
        piece: Piece,
    ) -> None:
        """Add the rows of a piece."""
        for batch in batches:
            _core.check()
            for name, texts in zip(self.names, state, strict=True):
                self._add(texts, column_in(batch, name, piece), piece)

    def merge(
        self, left: list[ColumnContents], right: list[ColumnContents]
    ) -> list[ColumnContents]:
        """Return the counts of the rows of both."""
        for mine, other in zip(left, right, strict=True):
            mine.merge(other)
        return left

    def to_arrays(self, state: list[ColumnContents]) -> Sequence[npt.NDArray[Any]]:
        """Return the bytes of all counts as JSON."""
        return (np.frombuffer(json.dumps([asdict(texts) for texts in state]).encode(), np.uint8),)

    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> list[ColumnContents]:
        """Return the counts."""
        return [ColumnContents(**texts) for texts in json.loads(arrays[0].tobytes())]

    def _add(self, found: ColumnContents, column: pa.Array, piece: Piece) -> None:
        found.rows += len(column)
        if is_text(column.type):
            self._add_texts(found, column, piece)
        else:
            _add_numbers(found, column, piece)

    def _add_texts(self, found: ColumnContents, column: pa.Array, piece: Piece) -> None:
        import pyarrow.types as kinds

        declared = kinds.is_dictionary(column.type)
        found.declared = found.declared or (piece.place if declared else "")
        found.plain = found.plain or ("" if declared else piece.place)
        texts, places = texts_in(column)
        *counts, missing = np.bincount(places, minlength=len(texts) + 1).tolist()
        found.missing += missing
        occurring = [text for text, count in zip(texts, counts, strict=True) if count]
        found.are_numbers = (
            found.are_numbers and are_plain(occurring) and not any(map(is_code, occurring))
        )
        if declared and self.keeps_order:
            found.add(texts, counts)
        else:
            found.add(occurring, [count for count in counts if count])


def _add_numbers(found: ColumnContents, column: pa.Array, piece: Piece) -> None:
    import pyarrow.types as kinds

    found.missing += column.null_count
    if kinds.is_boolean(column.type):
        found.truths += column.true_count
    if kinds.is_floating(column.type):
        values = column.drop_null().to_numpy(zero_copy_only=False)
        found.missing += int(np.isnan(values).sum())
    if not kinds.is_null(column.type):
        found.other = found.other or f"{column.type} in {piece.place}"
