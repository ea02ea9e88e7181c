"""``bridle columns``: what each column of a table is taken for, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridle.cli.options import keep_option, missing_option
from bridle.errors import InputError

__all__ = ["columns"]

_HELP = """
Say what each column of FILE is taken for, how it was read, how many values are missing, what is
left out and why. Nothing is trained.

FILE is a table as for `bridle compare`, which decides the same. All problems of the table are named
at once.

\b
Example:
  bridle columns churn.csv --target churned
"""

_EXIT_CODES = """
\b
Exit codes:
  0  every column can be used, or is left out
  2  bad input, in one sentence on standard error
"""


@click.command(name="columns", help=_HELP, epilog=_EXIT_CODES, short_help="Say what columns mean.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--target", metavar="COLUMN", help="The column to predict. Default: all are features."
)
@click.option(
    "--task",
    type=click.Choice(["binary", "multiclass", "regression"]),
    help="What kind of prediction it is, where the guess from the target is wrong.",
)
@click.option(
    "--drop", multiple=True, metavar="COLUMN", help="A column to leave out; repeat it for several."
)
@click.option("--groups", metavar="COLUMN", help="A column that says which rows belong together.")
@click.option("--time", metavar="COLUMN", help="A column of dates or numbers to sort the rows by.")
@missing_option
@keep_option
def columns(
    file: Path,
    target: str | None,
    task: Any,
    drop: tuple[str, ...],
    groups: str | None,
    time: str | None,
    missing: tuple[str, ...],
    keep: tuple[str, ...],
) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from rich.console import Console

    from bridle.cli.command_words import in_command_words
    from bridle.workbench.columns.missing_words import MissingWords
    from bridle.workbench.data.given_columns import columns_of, read_given
    from bridle.workbench.data.read_table import read_table_file
    from bridle.workbench.report.column_table import render_columns

    if file.suffix.lower() == ".npz":
        raise InputError(
            f"{file.name} must be a table. An .npz file holds arrays of numbers, whose columns are "
            "called x0, x1, and so on."
        )
    if task is not None and target is None:
        raise InputError(
            f"task must be left out where there is no target. Received: task={task!r}."
        )
    words = MissingWords.of(missing, keep)
    found = read_table_file(file)
    given = columns_of(found.frame, drop, target=target, groups=groups, time=time)
    read = read_given(given, task, words)
    console = Console()
    # Captured, since rich ends the process by itself where the output is closed.
    with console.capture() as captured:
        notes = [*found.notes, *(note for one in read.columns for note in one.notes)]
        render_columns(
            read.columns, len(found.frame), [in_command_words(one) for one in notes], console
        )
    click.echo(captured.get(), nl=False, color=True)
    wrong = [repr(one.name) for one in read.columns if one.taken_for == "problem"]
    if wrong:
        raise InputError(f"{file.name} has a problem in {', '.join(wrong)}. Each is named above.")
    return 0
