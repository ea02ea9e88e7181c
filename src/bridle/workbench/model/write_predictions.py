"""Writing of predictions as CSV or Parquet, to a stream or to a file that is complete or absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from bridle.arguments.option_words import option
from bridle.errors import InputError, MissingExtraError
from bridle.files.atomic_file import open_atomic
from bridle.files.csv_text import csv_text

__all__ = ["csv_pieces", "refuse_output", "write_predictions"]

_SUFFIXES = (".csv", ".parquet")


def refuse_output(path: Path, source: Path, *, overwrite: bool) -> None:
    """Refuse an unusable output file before any prediction is made.

    Raises
    ------
    InputError
        The name ends in neither .csv nor .parquet, the path is a folder, the input or in no folder, or
        the file exists and is not to be replaced.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"out must end in {' or '.join(_SUFFIXES)}. Received: {str(path)!r}.")
    if not path.parent.is_dir():
        raise InputError(f"out must be in a folder that exists. Received: {str(path)!r}.")
    if path.is_symlink() or path.is_dir():
        raise InputError(f"out must be a file. Received: {str(path)!r}, a folder or a link.")
    if path.exists() and source.exists() and path.samefile(source):
        raise InputError(f"out must be another file than the rows'. Received: {str(path)!r}.")
    if path.exists() and not overwrite:
        raise InputError(
            f"out must be a new file. Received: {str(path)!r}, which is there. Name another, or replace "
            f"it with {option('overwrite', True)}."
        )


def csv_pieces(blocks: Iterator[pd.DataFrame]) -> Iterator[str]:
    """Yield predictions as CSV text, with a header before the first block."""
    first = True
    for block in blocks:
        yield csv_text(block, header=first)
        first = False


def write_predictions(
    blocks: Iterator[pd.DataFrame], path: Path, advance: Callable[[int], None]
) -> None:
    """Write predictions to a file, which appears only after all of them are written.

    Parameters
    ----------
    blocks : iterator of DataFrame
    path : Path
        See `refuse_output`.
    advance : callable
        Called with the number of rows of each written block.

    Raises
    ------
    MissingExtraError
        The file is Parquet, and pyarrow is not installed.
    OSError
        The file could not be written.
    """
    if path.suffix.lower() == ".parquet":
        _write_parquet(blocks, path, advance)
        return
    with open_atomic(path) as file:
        header = True
        for block in blocks:
            file.write(csv_text(block, header=header).encode())
            header = False
            advance(len(block))


def _write_parquet(
    blocks: Iterator[pd.DataFrame], path: Path, advance: Callable[[int], None]
) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("Writing a Parquet file", "pyarrow", "parquet") from error
    with open_atomic(path) as file:
        sink = None
        for block in blocks:
            schema = None if sink is None else sink.schema
            table = pyarrow.Table.from_pandas(block, schema=schema, preserve_index=False)
            if sink is None:
                sink = parquet.ParquetWriter(file, table.schema)
            sink.write_table(table)
            advance(len(block))
        if sink is not None:
            sink.close()
