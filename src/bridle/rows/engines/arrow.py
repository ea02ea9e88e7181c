"""Arrow: rows of files (Parquet, CSV, Arrow) and Arrow streams, scanned by threads of this process."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bridle.errors import InputError, MissingExtraError
from bridle.rows.blocks.block import cut_blocks
from bridle.rows.blocks.column_types import refuse_types, text_columns
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.row_source import Progress, RowSource
from bridle.rows.scan import MergeTree, Scan, scan_piece
from bridle.threads.workers import Workers

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset

__all__ = ["ArrowRows", "ArrowStream", "open_path"]

State = TypeVar("State")

# Rows that are decoded at a time. Not tuned: blocks are cut anew from batches of any size.
_ROWS_PER_BATCH = 1 << 14
_FORMATS = {
    ".csv": "csv",
    ".arrow": "ipc",
    ".ipc": "ipc",
    ".feather": "feather",
    ".parquet": "parquet",
}
# What `pandas.read_csv` takes for missing.
_MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)


def open_path(path: str | Path) -> pyarrow.dataset.Dataset:
    """Open a file or a folder of files; the suffix names the format, and without one it is Parquet.

    Raises
    ------
    InputError
        The path does not exist, or cannot be opened.
    MissingExtraError
        PyArrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.dataset
    except ImportError as error:
        raise MissingExtraError("Reading rows from files", "pyarrow", "parquet") from error
    path = Path(path)
    if not path.exists():
        raise InputError(
            f"X must be the path of a file or folder. Received: {str(path)!r}, which does not exist."
        )
    files = [path] if path.is_file() else sorted(path.rglob("*.*"))
    suffix = next((file.suffix for file in files if file.suffix in _FORMATS), ".parquet")
    try:
        # PyArrow checks the columns of all files later, so that a file that differs is named.
        return pyarrow.dataset.dataset(str(path), format=_format(suffix), partitioning="hive")
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as {_FORMATS[suffix]}: {error}") from error


def _format(suffix: str) -> Any:
    import pyarrow.csv
    import pyarrow.dataset

    if suffix != ".csv":
        return _FORMATS[suffix]
    # As pandas reads text; by default PyArrow takes an empty text for a value.
    options = pyarrow.csv.ConvertOptions(strings_can_be_null=True, null_values=[*_MISSING])
    return pyarrow.dataset.CsvFileFormat(convert_options=options)


@dataclass(frozen=True, eq=False)
class _Fragment:
    """A row group of a Parquet file, or a whole file or table of another kind."""

    piece: Piece
    fragment: Any
    group: int | None
    schema: Any
    texts: tuple[str, ...]
    bytes: int = 0

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.parquet

        try:
            if self.group is not None and set(names) <= set(self.fragment.physical_schema.names):
                # The reader of a dataset would decode the whole row group at once.
                with self.fragment.open() as opened:
                    file = pyarrow.parquet.ParquetFile(opened)
                    yield from file.iter_batches(
                        _ROWS_PER_BATCH,
                        row_groups=[self.group],
                        columns=list(names),
                        use_threads=False,
                    )
                return
            kept = (
                self.fragment
                if self.group is None
                else self.fragment.subset(row_group_ids=[self.group])
            )
            yield from kept.to_batches(
                self.schema, columns=list(names), batch_size=_ROWS_PER_BATCH, use_threads=False,
                batch_readahead=1, fragment_readahead=1,
            )  # fmt: skip
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.piece.place} cannot be read: {error}") from error


class ArrowRows(RowSource):
    """Rows of a ``pyarrow.dataset.Dataset``; a piece is a row group, or else a file.

    Parameters
    ----------
    dataset : pyarrow.dataset.Dataset
    columns : UsedColumns

    Attributes
    ----------
    n_rows : int
    largest : int
        Bytes of the largest row group, before compression; 0 if there are no row groups.

    Raises
    ------
    InputError
        A file lacks a column, holds text in place of numbers, or cannot be read.
    """

    def __init__(self, dataset: pyarrow.dataset.Dataset, columns: UsedColumns) -> None:
        self.columns = columns
        found = tuple(_fragments(dataset, columns))
        self._fragments = tuple(fragment for fragment, _ in found)
        texts = {name for fragment in self._fragments for name in fragment.texts}
        self.texts = tuple(name for name in columns.given if name in texts)
        self.n_rows = sum(rows for _, rows in found)
        self.largest = max((fragment.bytes for fragment in self._fragments), default=0)

    def head(self) -> pa.RecordBatch:
        """Return the first rows, some thousands at most.

        Raises
        ------
        InputError
            There are no rows, or they cannot be read.
        """
        for fragment in self._fragments:
            for batch in fragment.batches(self.columns.names):
                if batch.num_rows:
                    return batch
        raise InputError("X must have at least one row. Received: none.")

    def scan(self, scan: Scan[State], progress: Progress, n_jobs: int | None = None) -> State:
        """Return the sum over all rows: each thread reads and sums a piece at a time."""
        tree = MergeTree(scan.merge)
        names = self.columns.names

        def task(fragment: _Fragment) -> State:
            return scan_piece(scan, fragment.batches(names), self.columns, fragment.piece)

        with Workers(n_jobs) as workers:
            done = workers.in_turn(task, self._fragments)
            for number, state in enumerate(done, start=1):
                tree.add(state)
                progress(number / len(self._fragments))
        total = tree.total()
        return scan.empty() if total is None else total

    def predict(self, function: Callable[[Any], Any]) -> Any:
        """Return a ``pyarrow.RecordBatchReader`` with a column ``prediction``."""
        import pyarrow as pa

        schema = pa.schema([("prediction", pa.float64())])
        blocks = itertools.chain.from_iterable(
            cut_blocks(fragment.batches(self.columns.names), self.columns, fragment.piece)
            for fragment in self._fragments
        )
        found = (
            pa.record_batch([pa.array(function(block.features))], schema=schema) for block in blocks
        )
        return pa.RecordBatchReader.from_batches(schema, found)


def _fragments(
    dataset: pyarrow.dataset.Dataset, columns: UsedColumns
) -> Iterator[tuple[_Fragment, int]]:
    import pyarrow as pa
    import pyarrow.dataset

    first = 0
    try:
        for number, fragment in enumerate(dataset.get_fragments()):
            place = getattr(fragment, "path", None) or f"table {number}"
            keys = set(pyarrow.dataset.get_partition_keys(fragment.partition_expression))
            held = pa.schema(
                [
                    *fragment.physical_schema,
                    *(field for field in dataset.schema if field.name in keys),
                ]
            )
            refuse_types(held, columns, place)
            texts = text_columns(held, columns)
            if isinstance(fragment, pyarrow.dataset.ParquetFileFragment):
                for group in fragment.row_groups:
                    piece = Piece(f"{place}, row group {group.id}", first)
                    size = group.total_byte_size
                    found = _Fragment(piece, fragment, group.id, dataset.schema, texts, size)
                    yield found, group.num_rows
                    first += group.num_rows
            else:
                rows = fragment.count_rows()
                piece = Piece(place, first)
                yield _Fragment(piece, fragment, None, dataset.schema, texts), rows
                first += rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"The files of X cannot be read: {error}") from error
    except ValueError as error:
        if isinstance(error, InputError) or "filtered" not in str(error):
            raise
        raise InputError(
            "X must be a dataset of whole files. Received: a filtered dataset. Write the "
            "filtered rows to files, and pass those."
        ) from error


class ArrowStream(RowSource):
    """Rows of an object that exports an Arrow stream at each call, such as a DuckDB relation.

    Its rows are one piece, in the order of the stream.

    Parameters
    ----------
    made_by : object with ``__arrow_c_stream__``
    columns : UsedColumns
    """

    def __init__(self, made_by: Any, columns: UsedColumns) -> None:
        self.columns = columns
        self._made_by = made_by
        self.texts = text_columns(_stream(made_by).schema, columns)

    def scan(self, scan: Scan[State], progress: Progress, n_jobs: int | None = None) -> State:
        """Return the sum over all rows of the stream."""
        state = scan_piece(scan, self._batches(), self.columns, Piece("the stream", 0))
        progress(1.0)
        return state

    def predict(self, function: Callable[[Any], Any]) -> Any:
        """Return a ``pyarrow.RecordBatchReader`` with a column ``prediction``."""
        import pyarrow as pa

        schema = pa.schema([("prediction", pa.float64())])
        blocks = cut_blocks(self._batches(), self.columns, Piece("the stream", 0))
        found = (
            pa.record_batch([pa.array(function(block.features))], schema=schema) for block in blocks
        )
        return pa.RecordBatchReader.from_batches(schema, found)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        reader = _stream(self._made_by)
        refuse_types(reader.schema, self.columns, "the stream")
        yield from reader


def _stream(made_by: Any) -> pa.RecordBatchReader:
    import pyarrow as pa

    return pa.RecordBatchReader.from_stream(made_by)
