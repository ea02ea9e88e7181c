"""Scanned table: a file or folder whose rows are summed without loading it, and when that is refused.

In memory, the meaning of a column is found from all its values; here, from its type and the first rows,
and that of text from its different texts. If these allow another meaning, the table must be read whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bridle.arguments.option_words import option
from bridle.errors import InputError, UnknownNameError
from bridle.readings.plain_text import is_code
from bridle.rows.blocks.column_types import is_text
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.engines.arrow import ArrowRows, open_path
from bridle.workbench.checks.table import identifier_column
from bridle.workbench.columns.column_reading import read_column
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import PlainNumbers, Truths
from bridle.workbench.data.read_blocks import read_blocks
from bridle.workbench.data.read_table import refuse_no_file
from bridle.workbench.data.target import MOST_NUMERIC_CLASSES
from bridle.workbench.task import TaskKind
from bridle.workbench.tasks.catalogue import TASK_TYPES

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset

__all__ = ["LARGE", "NeedsWholeTableError", "ScannedTable", "is_large"]

LARGE = 1 << 28
"""Bytes from which a table is scanned; reading it whole takes about ten times its size."""

_BYTES_PER_NUMBER = 8
_TWO = 2
_FIRST_ROWS = 10_000
_SUFFIXES = (".parquet", ".csv")


class NeedsWholeTableError(InputError):
    """The table can be fitted in memory only, not by scans."""


def is_large(path: Path) -> bool:
    """Return whether a table is scanned if nothing needs all of it in memory.

    It is if it is a folder, a Parquet file of more than 256 MB as float64, or a CSV file of that size.
    """
    if path.is_dir():
        return True
    if not path.exists() or path.suffix.lower() not in _SUFFIXES:
        return False
    if path.suffix.lower() == ".csv":
        return path.stat().st_size > LARGE
    dataset = open_path(path)
    return dataset.count_rows() * len(dataset.schema) * _BYTES_PER_NUMBER > LARGE


@dataclass(frozen=True, eq=False)
class ScannedTable:
    """Rows of a file or folder, with numbers, truth values and text as features.

    Attributes
    ----------
    path : Path
    source : ArrowRows
    task : {"regression", "binary", "count"}
    has_truths : bool
        Whether the target holds truth values.
    rules : mapping of str to PlainNumbers or Truths
        How each column of numbers or truth values is read.
    texts : tuple of str
        Columns of text or categories, which are read by all their texts.
    has_gaps : bool
        Whether values of features are missing in the first rows.
    whole : tuple of str
        Features that hold integers.
    names : tuple of str
        All columns of the table.
    """

    path: Path
    source: ArrowRows
    task: TaskKind
    has_truths: bool
    rules: dict[str, PlainNumbers | Truths]
    texts: tuple[str, ...]
    has_gaps: bool
    whole: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def open(
        cls,
        path: Path,
        target: str,
        *,
        task: TaskKind | None = None,
        drop: Sequence[str] = (),
        groups: str | None = None,
        **others: Any,
    ) -> ScannedTable:
        """Open a Parquet or CSV file, or a folder of them.

        Parameters
        ----------
        path : Path
        target : str
            Column of numbers or truth values.
        task : {"regression", "binary", "count"}, optional
            Default: "binary" for truth values and two whole numbers, else "regression" unless the
            target can be taken for several classes.
        drop : sequence of str
            Columns to leave out.
        groups : str, optional
            Column of groups; all rows of a group are in the same fold.
        **others
            Further options of `bridle.workbench.data.dataset.make_dataset`, for tables in memory.

        Raises
        ------
        NeedsWholeTableError
            An option, the target or a column needs all rows in memory.
        InputError
            The table cannot be used either way.
        """
        import pyarrow.types as kinds

        for name, value in others.items():
            if value:
                raise NeedsWholeTableError(f"{option(name)} needs the table in memory")
        if task is not None and TASK_TYPES[task].scanned_loss is None:
            raise NeedsWholeTableError(f"the task {task!r} needs the table in memory")
        if not path.is_dir():
            refuse_no_file(path)
            if path.suffix.lower() not in _SUFFIXES:
                raise NeedsWholeTableError("only Parquet and CSV files and folders of them can be")
        dataset = open_path(path)
        _refuse_other_fields(path, dataset)
        names = tuple(dataset.schema.names)
        if not names:
            raise InputError(f"The folder {path} holds no Parquet or CSV file with columns.")
        for name in drop:
            if name not in names:
                raise UnknownNameError("column", name, names)
        kept = [name for name in names if name not in drop or name in (target, groups)]
        columns = UsedColumns.of(kept, target, None, groups)
        types = {name: dataset.schema.field(name).type for name in columns.numbers}
        _refuse_types(types, target)
        source = ArrowRows(dataset, columns)
        head = source.head()
        kind = task or _kind_of_task(head, target)
        if kind == "count" and not kinds.is_integer(types[target]):
            raise NeedsWholeTableError(
                f"the target {target!r} holds {types[target]}, and counts are integers. Store it so"
            )
        whole = tuple(name for name in columns.features if kinds.is_integer(types[name]))
        _refuse_identifiers(head.select(whole))
        if dataset.files[0].lower().endswith(".csv"):
            _refuse_codes(dataset.files[0], whole)
        plain = [name for name in columns.features if name not in source.texts]
        rules = {name: _rule(head, name) for name in plain}
        gaps = any(_has_gaps(head.column(name)) for name in plain)
        truths = kinds.is_boolean(types[target])
        return cls(path, source, kind, truths, rules, source.texts, gaps, whole, names)

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """Names of the columns of numbers, and of those of truth values."""
        return {
            f"{kind}s": tuple(name for name, rule in self.rules.items() if rule.kind == kind)
            for kind in ("number", "boolean")
        }


def _refuse_other_fields(path: Path, dataset: pyarrow.dataset.Dataset) -> None:
    """Refuse a CSV file with other separators than commas, or without a header in its first line."""
    if path.is_file() and path.suffix.lower() == ".csv":
        found = read_blocks(path).names
        if found != tuple(dataset.schema.names):
            raise NeedsWholeTableError(
                f"its fields are not separated by commas (it has {len(found):,} columns)"
            )


def _refuse_types(types: dict[str, pa.DataType], target: str) -> None:
    import pyarrow.types as kinds

    for name, held in types.items():
        if kinds.is_integer(held) or kinds.is_floating(held) or kinds.is_decimal(held):
            continue
        if name == target and not kinds.is_boolean(held):
            raise NeedsWholeTableError(
                f"the target {name!r} holds {held} instead of numbers or truth values"
            )
        if not (kinds.is_boolean(held) or kinds.is_null(held) or is_text(held)):
            raise NeedsWholeTableError(
                f"column {name!r} holds {held} instead of numbers or text. Convert it, or leave it out: "
                f"{option('drop', name)}"
            )


def _kind_of_task(head: pa.RecordBatch, target: str) -> TaskKind:
    """Return the task that the first rows stand for; a third label later on is refused there."""
    values = head.column(target).drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
    found = np.unique(values)
    if found.size > MOST_NUMERIC_CLASSES or (found != np.rint(found)).any():
        return "regression"
    if found.size == _TWO:
        return "binary"
    raise NeedsWholeTableError(
        f"the target {target!r} may stand for classes, since its first {head.num_rows:,} rows hold "
        f"{found.size} different whole numbers; for a quantity say {option('task', 'regression')}"
    )


def _refuse_identifiers(integers: pa.RecordBatch) -> None:
    """Refuse a column that identifies the first rows; in memory, all rows would decide."""
    for finding in identifier_column.check(integers.to_pandas()):
        raise NeedsWholeTableError(
            f"column {finding.column!r} looks like an identifier of the rows. Leave it out: "
            f"{option('drop', str(finding.column))}"
        )


def _refuse_codes(file: str, whole: Sequence[str]) -> None:
    """Refuse numbers with leading zeros in the first rows of a CSV file, which are codes in memory."""
    head = pd.read_csv(file, usecols=[*whole], dtype=str, nrows=_FIRST_ROWS)
    for name in whole:
        code = next(filter(is_code, head[name].dropna()), None)
        if code is not None:
            raise NeedsWholeTableError(
                f"column {name!r} holds codes such as {code!r}, which a scan of CSV would read as "
                "numbers. Store them as text in Parquet, or leave the column out: "
                f"{option('drop', name)}"
            )


def _rule(head: pa.RecordBatch, name: str) -> PlainNumbers | Truths:
    import pyarrow.types as kinds

    if kinds.is_boolean(head.column(name).type):
        return Truths()
    column: pd.Series[Any] = head.column(name).to_pandas()
    read = read_column(column, name, MissingWords())
    if read.rule is not None:
        raise NeedsWholeTableError(
            f"column {name!r} is read {' and '.join(read.how)} in memory. Write it plainly, or leave "
            f"it out: {option('drop', name)}"
        )
    return PlainNumbers()


def _has_gaps(column: pa.Array) -> bool:
    values: pd.Series[Any] = column.to_pandas()
    return bool(values.hasnans)
