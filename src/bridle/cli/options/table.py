"""Options about a table: the use of columns, words for missing values, and the encoding."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.options.encoding import encoding_option
from bridle.cli.options.group import option_group
from bridle.errors import InputError

if TYPE_CHECKING:
    from bridle.workbench.data.dataset import Dataset

__all__ = ["TableOptions", "table_options"]

table_options = option_group(
    click.option(
        "--task",
        type=click.Choice(["binary", "multiclass", "regression", "count", "survival"]),
        help="Kind of prediction, if the guess from the target is wrong.",
    ),
    click.option(
        "--time-to",
        metavar="COLUMN",
        help="For --task survival, instead of --target: the column of the time to the event or to "
        "censoring, a number from 0 up.",
    ),
    click.option(
        "--event",
        metavar="COLUMN",
        help="For --task survival: the column that says whether the event was seen, true or false, or 1 "
        "and 0.",
    ),
    click.option(
        "--drop",
        multiple=True,
        metavar="COLUMN",
        help="A column to leave out; may be repeated. Identifiers and constant columns are left out "
        "anyway, with a warning.",
    ),
    click.option(
        "--missing",
        multiple=True,
        metavar="WORD",
        help="A word, or a number such as -999, that means a missing value, in addition to empty "
        "fields, NA, NaN, null, None, unknown, ? and others; may be repeated.",
    ),
    click.option(
        "--keep",
        multiple=True,
        metavar="WORD",
        help="One of these words that is a value in this table; may be repeated.",
    ),
    click.option(
        "--parts",
        multiple=True,
        metavar="COLUMN",
        help="A column of dates whose year, month, day, weekday and hour become features too; may be "
        "repeated. By default dates are only days since 1970.",
    ),
    click.option(
        "--groups",
        metavar="COLUMN",
        help="A column with groups of rows that belong together, for instance patients. All rows of a "
        "group are in the same part of a split.",
    ),
    click.option(
        "--time",
        metavar="COLUMN",
        help="A column of dates or numbers to sort the rows by; each block of rows is predicted from "
        "the rows before it.",
    ),
    encoding_option,
)


@dataclass(frozen=True)
class TableOptions:
    """The options about a table, with `target`, which each command declares itself."""

    target: str | None
    task: Any
    time_to: str | None
    event: str | None
    drop: tuple[str, ...]
    missing: tuple[str, ...]
    keep: tuple[str, ...]
    parts: tuple[str, ...]
    groups: str | None
    time: str | None
    encoding: str | None

    def read(self, file: Path, rows: int | None = 0, *, sequences: bool = False) -> Dataset:
        """Return the dataset in a file: a table, or the arrays of an ``.npz`` file.

        Parameters
        ----------
        file : Path
        rows : int or None
            How many rows to draw from a larger table; 0 for all, None for as many as are enough.
        sequences : bool
            Whether arrays with three axes hold sequences whatever their shape. Default False.

        Raises
        ------
        InputError
            The file or a column cannot be used, or a table has no target.
        """
        from bridle.workbench.data.dataset import make_dataset
        from bridle.workbench.data.read_file.asked_encoding import refuse_encoding
        from bridle.workbench.data.read_table import read_table_file, read_table_sample
        from bridle.workbench.data.row_arrays import read_arrays
        from bridle.workbench.data.row_sample import enough_rows, sampled, with_sample
        from bridle.workbench.data.survival_target import target_columns

        named = target_columns(self.target, self.task, self.time_to, self.event)
        chosen = asdict(self) | {"task": named.task, "event": named.event}
        del chosen["target"], chosen["time_to"], chosen["encoding"]
        target = named.target
        if file.suffix.lower() == ".npz":
            refuse_encoding(file, self.encoding)
            arrays = read_arrays(
                file, target="y" if target is None else target, sequences=sequences, **chosen
            )
            return sampled(arrays, rows)
        if target is None:
            raise InputError(
                f"--target must name the column of {file.name} to predict. Received: none."
            )
        if rows == 0:
            found, total = read_table_file(file, self.encoding), None
        else:
            found, total = read_table_sample(
                file, lambda columns: rows or enough_rows(columns), self.encoding
            )
        dataset = make_dataset(
            found.frame, target, name=file.name, notes=found.notes, comma=found.comma, **chosen
        )
        return sampled(dataset, rows) if total is None else with_sample(dataset, total)
