"""Row source: rows in files or on a cluster, which are scanned where they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from bridle.rows.scan import Scan
from bridle.rows.used_columns import UsedColumns

__all__ = ["Progress", "RowSource"]

State = TypeVar("State")

Progress = Callable[[float], None]
"""Called with the fraction of a scan that is done."""


class RowSource(ABC):
    """Rows in pieces of a fixed order, and the engine that scans them.

    Attributes
    ----------
    columns : UsedColumns
    """

    columns: UsedColumns

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
