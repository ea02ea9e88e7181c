"""Row source: rows in files or on a cluster, which are scanned where they are."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self, TypeVar

from bridle.encoding.frame_encoding import FrameEncoding
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.scan import Scan

__all__ = ["Progress", "RowSource"]

State = TypeVar("State")

Progress = Callable[[float], None]
"""Called with the fraction of a scan that is done."""


class RowSource(ABC):
    """Rows in pieces of a fixed order, and the engine that scans them.

    Attributes
    ----------
    columns : UsedColumns
    texts : tuple of str
        The features that may hold text or categories, by the types of their columns.
    keeps_order : bool
        Whether the levels of a categorical column are in its own order; sorted otherwise.
    """

    columns: UsedColumns
    texts: tuple[str, ...] = ()
    keeps_order: bool = False

    def encoded(self, encoding: FrameEncoding) -> Self:
        """Return the same rows, with features that an encoding makes of the columns."""
        return self.of_columns(self.columns.encoded(encoding))

    def of_columns(self, columns: UsedColumns) -> Self:
        """Return the same rows, with other features that are made of the columns of these."""
        made = copy.copy(self)
        made.columns = columns
        return made

    @abstractmethod
    def scan(self, scan: Scan[State], progress: Progress, n_jobs: int | None = None) -> State:
        """Return the sum over all rows.

        Parameters
        ----------
        scan : Scan
        progress : callable
        n_jobs : int, optional
            Threads of this process; a cluster has workers of its own. The result has the same bits
            for any number.

        Raises
        ------
        InputError
            Some rows cannot be used; the message names their place and the column.
        """

    @abstractmethod
    def predict(self, function: Callable[[Any], Any]) -> Any:
        """Return predictions as a collection of the same library, computed when they are needed.

        ``function`` maps an array of features, shape (m, p), to predictions of shape (m,).
        """
