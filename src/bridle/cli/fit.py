"""Command `bridle fit`: one model on all rows of a file, without a study."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.options.config_file import Configurable
from bridle.cli.options.group import read_options
from bridle.cli.options.table import TableOptions, table_options

if TYPE_CHECKING:
    from bridle.workbench.data.dataset import Dataset
    from bridle.workbench.model.model import Model

__all__ = ["fit"]

_HELP = """
Fit one model on all rows of FILE, and keep it for `bridle predict`.

FILE is a table as for `bridle compare`, whose columns are read and prepared in the same way. Whether the
model is any good is not judged: that is what `bridle compare` is for. For a number, or a network that
stops early, the model is first fitted to four fifths of the rows and tested on the others, five times:
for the width of the intervals, and the number of epochs.

\b
Example:
  bridle fit churn.csv --target churned --arm elastic_net
"""

_EXIT_CODES = """
\b
Exit codes:
  0  fitted
  2  bad input, in one sentence on standard error
"""


@click.command(
    cls=Configurable,
    name="fit",
    help=_HELP,
    epilog=_EXIT_CODES,
    short_help="Fit one model on a table.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", metavar="COLUMN", help="The column to predict; required for a table.")
@click.option(
    "--arm",
    required=True,
    metavar="NAME",
    help="Which model, by its name in bridle compare: linear, elastic_net, baseline, dropout, ...",
)
@table_options
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=15,
    show_default=True,
    metavar="N",
    help="How often a network passes over the rows.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the model goes: a new directory. Default: FILE's name with -model in place of its "
    "ending, in the current directory.",
)
@click.option("--overwrite", is_flag=True, help="Replace the model that DIR holds.")
@click.option("--quiet", is_flag=True, help="No progress, and nothing on standard output.")
def fit(file: Path, **given: Any) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.workbench.model.saved.write_model import refuse_folder

    options = read_options(FitOptions, given)
    folder = options.out or Path(f"{file.stem}-model")
    refuse_folder(folder, overwrite=options.overwrite)
    dataset = read_options(TableOptions, given).read(file)
    model = options.fitted(dataset)
    model.save(folder, overwrite=options.overwrite)
    if not options.quiet:
        _render(model, folder, file)
    return 0


@dataclass(frozen=True)
class FitOptions:
    """What the command line says about the fit of one model."""

    arm: str
    epochs: int
    out: Path | None
    overwrite: bool
    quiet: bool

    def fitted(self, dataset: Dataset) -> Model:
        """Return the arm, fitted on all rows."""
        import sys

        from rich.console import Console

        from bridle.workbench.model.fit_alone import count_runs, fit_alone
        from bridle.workbench.report.progress import progress

        runs, console = count_runs(self.arm, dataset), Console(file=sys.stderr)
        with progress(console, runs, quiet=self.quiet) as advance:
            return fit_alone(self.arm, dataset, self.epochs, advance)


def _render(model: Model, folder: Path, file: Path) -> None:
    from bridle.workbench.report.text import printable

    click.echo(printable(str(model)))
    rows = "new.npz" if file.suffix.lower() == ".npz" else "new.csv"
    click.echo(printable(f"Model: {folder}"))
    click.echo(printable(f"Next: bridle predict {shlex.quote(str(folder))} {rows}"))
