"""Piece: rows that one task reads."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Piece"]


@dataclass(frozen=True)
class Piece:
    """Rows that one task reads: a row group of a file, or a partition.

    Attributes
    ----------
    place : str
        Name of the file, row group or partition, for messages.
    first : int
        Number of the first row among all rows.
    """

    place: str
    first: int
