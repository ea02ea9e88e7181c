"""Spark: rows of a Spark data frame, summed by its workers in `mapInArrow` and merged in a stage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bridle.errors import InputError
from bridle.rows.blocks.block import cut_blocks
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.row_source import Progress, RowSource
from bridle.rows.scan import MergeTree, Scan, from_bytes, scan_piece, to_bytes

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SparkRows"]

State = TypeVar("State")

# Neighbours that a task merges; the driver merges as many. A power of two, so that they are a whole
# subtree; otherwise not tuned.
_TOGETHER = 16
# Bytes of the sums in one task: an Arrow batch holds at most 2 GB.
_MOST_BYTES = 1 << 29
_TEXTS = ("string", "char", "varchar")


class SparkRows(RowSource):
    """Rows of a ``pyspark.sql.DataFrame``; a piece is a partition.

    The rows of each partition are counted once. The partitions must have the same rows in each scan,
    as those of files and of cached frames have.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
    columns : UsedColumns
    """

    def __init__(self, frame: Any, columns: UsedColumns) -> None:
        self.columns = columns
        self._frame = frame
        types = dict(frame.dtypes)
        self.texts = tuple(name for name in columns.given if types[name].startswith(_TEXTS))
        self._firsts: dict[int, int] | None = None

    def scan(self, scan: Scan[State], progress: Progress, n_jobs: int | None = None) -> State:
        """Return the sum over all rows, computed by the executors of the frame's session."""
        columns, firsts = self.columns, self._counted()
        together = _neighbours(len(to_bytes(scan, scan.empty())))

        def add(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            number = _partition()
            piece = Piece(f"partition {number}", firsts.get(number, 0))
            yield _row(number, to_bytes(scan, scan_piece(scan, batches, columns, piece)))

        def merge(rows: pa.Table) -> pa.Table:
            import pyarrow as pa

            rows = rows.sort_by("number")
            tree = MergeTree(scan.merge)
            for state in rows["state"]:
                tree.add(from_bytes(scan, state.as_py()))
            number, total = rows["number"][0].as_py() // together, tree.total()
            assert total is not None
            return pa.Table.from_batches([_row(number, to_bytes(scan, total))])

        schema = "number long, state binary"
        sums, left = self._frame.select(*columns.names).mapInArrow(add, schema), len(firsts)
        while left > together:
            group = (sums["number"] / together).cast("long")
            sums, left = sums.groupBy(group).applyInArrow(merge, schema), -(-left // together)
        tree = MergeTree(scan.merge)
        for row in sorted(_collected(sums)):
            tree.add(from_bytes(scan, bytes(row[1])))
        progress(1.0)
        total = tree.total()
        return scan.empty() if total is None else total

    def predict(self, function: Callable[[Any], Any]) -> Any:
        """Return the frame with a column ``prediction``."""
        columns = self.columns

        def add(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            import pyarrow as pa

            piece = Piece(f"partition {_partition()}", 0)
            for batch in batches:
                found = [function(block.features) for block in cut_blocks([batch], columns, piece)]
                yield batch.append_column(
                    "prediction", pa.array(np.concatenate([np.empty(0), *found]))
                )

        schema = ", ".join(f"`{name}` {kind}" for name, kind in self._frame.dtypes)
        return self._frame.mapInArrow(add, f"{schema}, prediction double")

    def _counted(self) -> dict[int, int]:
        if self._firsts is None:

            def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
                rows = sum(batch.num_rows for batch in batches)
                yield _row(_partition(), str(rows).encode())

            column = self._frame.select(self.columns.names[0])
            rows = sorted(_collected(column.mapInArrow(count, "number long, state binary")))
            counts = [int(bytes(row[1])) for row in rows]
            self._firsts = {row[0]: sum(counts[:place]) for place, row in enumerate(rows)}
        return self._firsts


def _neighbours(size: int) -> int:
    """Return how many sums of ``size`` bytes each a task merges."""
    if 2 * size > _MOST_BYTES:
        raise InputError(
            f"The sums of a partition must take at most {_MOST_BYTES // 2:,} bytes on Spark. Received: "
            f"{size:,}. Use fewer folds or features, or read the files with X=path."
        )
    found = _TOGETHER
    while found * size > _MOST_BYTES:
        found //= 2
    return found


def _partition() -> int:
    from pyspark import TaskContext

    return int(TaskContext.get().partitionId())


def _row(number: int, state: bytes) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.record_batch(
        {"number": pa.array([number], pa.int64()), "state": pa.array([state], pa.binary())}
    )


def _collected(frame: Any) -> list[Any]:
    """Collect the rows of a frame; an error of bridle in a worker is raised without Spark's trace."""
    from pyspark.errors import PySparkException

    try:
        return list(frame.collect())
    except PySparkException as error:
        ours = re.search(r"bridle\.errors\.\w+: (.*)", str(error))
        if ours is None:
            raise
        raise InputError(ours[1]) from None
