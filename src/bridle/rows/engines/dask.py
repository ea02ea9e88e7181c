"""Dask: rows of a Dask data frame, one task a partition and a tree of merges on its workers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bridle.arguments.frames import may_be_text
from bridle.rows.blocks.block import cut_blocks
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.row_source import Progress, RowSource
from bridle.rows.scan import Scan, merge_pairs, scan_piece

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DaskRows"]

State = TypeVar("State")


class DaskRows(RowSource):
    """Rows of a ``dask.dataframe.DataFrame``; a piece is a partition.

    The rows of each partition are counted once, so that a row's fold does not depend on the partitions;
    to count them, Dask reads them.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
    columns : UsedColumns
    """

    keeps_order = True

    def __init__(self, frame: Any, columns: UsedColumns) -> None:
        self.columns = columns
        self._frame = frame[list(columns.names)]
        types = dict(self._frame.dtypes)
        self.texts = tuple(name for name in columns.given if may_be_text(types[name]))
        # Made once, for all scans: for other columns, Dask would join partitions of files differently.
        self._parts: list[Any] = self._frame.to_delayed()
        self._pieces: list[Piece] | None = None

    def scan(self, scan: Scan[State], progress: Progress, n_jobs: int | None = None) -> State:
        """Return the sum over all rows, computed by the current scheduler or cluster of Dask."""
        import dask

        add, merge_two = dask.delayed(_scan_partition), dask.delayed(_merge_copies)
        shared = dask.delayed(scan)

        def merge(left: Any, right: Any) -> Any:
            return merge_two(shared, left, right)

        pieces = self._counted()
        level = [
            add(shared, part, self.columns, piece)
            for part, piece in zip(self._parts, pieces, strict=True)
        ]
        while len(level) > 1:
            level = merge_pairs(merge, level)
        (state,) = dask.compute(*level)
        progress(1.0)
        return state

    def predict(self, function: Callable[[Any], Any]) -> Any:
        """Return a Dask series of predictions, with the index and the partitions of the frame."""
        import pandas as pd

        meta = pd.Series([], dtype="float64", name="prediction")
        return self._frame.map_partitions(_predict_partition, function, self.columns, meta=meta)

    def _counted(self) -> list[Piece]:
        if self._pieces is None:
            import dask

            counts = dask.compute(*map(dask.delayed(len), self._parts))
            firsts = [sum(counts[:number]) for number in range(len(counts))]
            self._pieces = [
                Piece(f"partition {number}", int(first)) for number, first in enumerate(firsts)
            ]
        return self._pieces


def _batches(part: Any) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    yield from pa.Table.from_pandas(part, preserve_index=False).to_batches()


def _scan_partition(scan: Scan[State], part: Any, columns: UsedColumns, piece: Piece) -> State:
    # Arrays that Dask unpickles may begin at any byte; copies are aligned, as kernels need them.
    return scan_piece(copy.deepcopy(scan), _batches(part), columns, piece)


def _merge_copies(scan: Scan[State], left: State, right: State) -> State:
    """Merge without changing either: if a worker is lost, Dask may merge the same sums again."""
    return scan.merge(copy.deepcopy(left), copy.deepcopy(right))


def _predict_partition(part: Any, function: Callable[[Any], Any], columns: UsedColumns) -> Any:
    import pandas as pd

    blocks = cut_blocks(_batches(part), columns, Piece("a partition", 0))
    found = [np.empty(0), *(function(block.features) for block in blocks)]
    return pd.Series(np.concatenate(found), index=part.index, name="prediction")
