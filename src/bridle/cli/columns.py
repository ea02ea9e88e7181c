"""Command `bridle columns`: shows how each column of a table is read and used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.options.config_file import Configurable
from bridle.cli.options.group import read_options
from bridle.cli.options.spelling import in_command_words
from bridle.cli.options.table import TableOptions, table_options
from bridle.errors import InputError

if TYPE_CHECKING:
    from bridle.workbench.data.given_columns import ReadColumns
    from bridle.workbench.data.read_table import TableFile

__all__ = ["columns"]

_HELP = """
Show how each column of FILE is read and used, how many values are missing, and which columns are
left out and why. Nothing is trained.

FILE is a table as for `bridle compare`, which reads it in the same way. All problems of the table are
reported at once.

\b
Example:
  bridle columns churn.csv --target churned
"""

_EXIT_CODES = """
\b
Exit codes:
  0  every column can be used, or is left out
  2  wrong input, explained in one sentence on standard error
"""


@click.command(
    cls=Configurable,
    name="columns",
    help=_HELP,
    epilog=_EXIT_CODES,
    short_help="Show how columns are read.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--target", metavar="COLUMN", help="The column to predict. Default: all columns are features."
)
@table_options
def columns(file: Path, **given: Any) -> int:
    """Run the command, whose help is above, and return the exit code."""
    options = read_options(TableOptions, given)
    _refuse(file, options)
    found, read = _read(file, options)
    _render(found, read)
    wrong = [repr(column.name) for column in read.columns if column.taken_for == "problem"]
    if wrong:
        raise InputError(
            f"{file.name} has a problem in {', '.join(wrong)}. Each is explained above."
        )
    return 0


def _refuse(file: Path, options: TableOptions) -> None:
    if file.suffix.lower() == ".npz":
        raise InputError(
            f"{file.name} must be a table. An .npz file holds arrays of numbers, whose columns are "
            "called x0, x1, and so on."
        )
    if options.task not in (None, "survival") and (options.target or options.time_to) is None:
        raise InputError(
            f"task must be left out if there is no target. Received: task={options.task!r}."
        )


def _read(file: Path, options: TableOptions) -> tuple[TableFile, ReadColumns]:
    from bridle.workbench.columns.missing_words import MissingWords
    from bridle.workbench.data.given_columns import columns_of, read_given
    from bridle.workbench.data.read_table import read_table_file
    from bridle.workbench.data.survival_target import target_columns

    named = target_columns(options.target, options.task, options.time_to, options.event)
    role = "target" if named.event is None else "time_to"
    words = MissingWords.of(options.missing, options.keep)
    found = read_table_file(file, options.encoding)
    given = columns_of(
        found.frame,
        options.drop,
        parts=options.parts,
        argument="frame",
        **{
            role: named.target,
            "event": named.event,
            "groups": options.groups,
            "time": options.time,
        },
    )
    return found, read_given(given, named.task, words)


def _render(found: TableFile, read: ReadColumns) -> None:
    from rich.console import Console

    from bridle.workbench.report.column_table import render_columns

    notes = [*found.notes, *_task(read), *(note for one in read.columns for note in one.notes)]
    console = Console()
    # Captured, since rich would end the process itself if the output is closed.
    with console.capture() as captured:
        render_columns(
            read.columns, len(found.frame), [in_command_words(note) for note in notes], console
        )
    click.echo(captured.get(), nl=False, color=True)


def _task(read: ReadColumns) -> tuple[str, ...]:
    """Return a sentence on the task, if there is a target that can be used."""
    if read.target is None:
        return ()
    task = read.target.task
    classes = f" of {len(task.classes):,}" if task.classes else ""
    return (f"The task is {task.kind}: the target is {task.type.target_is}{classes}.",)
