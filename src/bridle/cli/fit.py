"""Command `bridle fit`: fits one model to all rows of a file, without a study."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.options.config_file import Configurable
from bridle.cli.options.group import read_options
from bridle.cli.options.table import TableOptions, table_options
from bridle.errors import InputError

if TYPE_CHECKING:
    from bridle.workbench.model.by_scans.scanned_table import ScannedTable
    from bridle.workbench.model.model import Model

__all__ = ["fit"]

_HELP = """
Fit one model on all rows of FILE, and save it for `bridle predict`.

FILE is a table as for `bridle compare`, whose columns are read and prepared in the same way. To judge
whether the model is any good, use `bridle compare`. For a number, or a network that stops early, the
model is first fitted to four fifths of the rows and tested on the others, five times; this determines
the width of the intervals and the number of epochs.

FILE may be larger than memory, or a folder of Parquet or CSV files: --arm elastic_net and lasso, for a
number, a count or two classes, are fitted by scans, which sum the rows without loading them.

\b
Examples:
  bridle fit churn.csv --target churned --arm elastic_net
  bridle fit sales/ --target price --arm elastic_net --drop id
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
    metavar="N",
    help="Passes of a network over the rows. Default: 15.",
)
@click.option(
    "--read",
    type=click.Choice(["auto", "whole", "scans"]),
    default="auto",
    show_default=True,
    help="How FILE is read: whole, into memory, or by scans. auto scans a folder, and a Parquet or CSV "
    "file above 256 MB, unless its columns or the arm need all rows in memory; the reason is printed.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A new directory for the model. Default: FILE's name with -model instead of its ending, in "
    "the current directory.",
)
@click.option("--overwrite", is_flag=True, help="Replace the model that DIR holds.")
@click.option("--quiet", is_flag=True, help="No progress, and nothing on standard output.")
def fit(file: Path, **given: Any) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.workbench.arm.arms_by_name import refuse_idle
    from bridle.workbench.arm.names import arm_of
    from bridle.workbench.model.saved.write_model import refuse_folder

    options = read_options(FitOptions, given)
    refuse_idle([arm_of(options.arm)], epochs=options.epochs is not None)
    folder = options.out or Path(f"{file.stem}-model")
    refuse_folder(folder, overwrite=options.overwrite)
    asked = read_options(TableOptions, given)
    model = options.scanned(file, asked) or options.fitted(file, asked)
    model.save(folder, overwrite=options.overwrite)
    if not options.quiet:
        _render(model, folder, file)
    return 0


@dataclass(frozen=True)
class FitOptions:
    """The options about the fit of one model."""

    arm: str
    epochs: int | None
    read: str
    out: Path | None
    overwrite: bool
    quiet: bool

    def scanned(self, file: Path, asked: TableOptions) -> Model | None:
        """Return the arm, fitted by scans to rows that are not loaded; None to read them whole.

        Raises
        ------
        InputError
            The table cannot be used, or ``--read scans`` was given and it needs all rows in memory.
        """
        from bridle.workbench.model.by_scans.scanned_table import NeedsWholeTableError, is_large

        if self.read == "whole" and file.is_dir():
            raise InputError(
                f"--read whole must be left out for a folder, which is read by scans. Received: {file}."
            )
        if self.read == "whole" or (self.read == "auto" and not is_large(file)):
            return None
        try:
            return self._fitted_by_scans(self._opened(file, asked))
        except NeedsWholeTableError as obstacle:
            if self.read == "scans" or file.is_dir():
                whole = "" if file.is_dir() else " Leave --read scans out to read it whole."
                raise InputError(
                    f"{file} cannot be fitted by scans: {obstacle}.{whole}"
                ) from obstacle
            if not self.quiet:
                click.echo(f"{file.name} is read whole, into memory: {obstacle}.", err=True)
        return None

    def _opened(self, file: Path, asked: TableOptions) -> ScannedTable:
        from bridle.workbench.model.by_scans.fit_by_scans import scanned_arm
        from bridle.workbench.model.by_scans.scanned_table import NeedsWholeTableError, ScannedTable

        if file.suffix.lower() == ".npz":
            raise NeedsWholeTableError("it holds arrays, which are read whole")
        scanned_arm(self.arm)
        if asked.task == "survival" or (asked.time_to, asked.event) != (None, None):
            raise NeedsWholeTableError(
                "survival times, of --time-to and --event, need the table in memory"
            )
        chosen = asdict(asked)
        target = chosen.pop("target")
        if target is None:
            raise InputError(
                f"--target must name the column of {file.name} to predict. Received: none."
            )
        return ScannedTable.open(file, target, **chosen)

    def _fitted_by_scans(self, table: ScannedTable) -> Model:
        from bridle.progress import hide_fit_progress
        from bridle.workbench.model.by_scans.fit_by_scans import fit_by_scans, scanned_arm

        arm = scanned_arm(self.arm)
        if self.quiet:
            with hide_fit_progress():
                return fit_by_scans(table, arm)
        return fit_by_scans(table, arm, lambda line: click.echo(line, err=True))

    def fitted(self, file: Path, asked: TableOptions) -> Model:
        """Return the arm, fitted on all rows of a file that is read whole.

        Raises
        ------
        InputError
            The file or a column cannot be used, or an option has no effect.
        """
        import sys

        from rich.console import Console

        from bridle.workbench.model.fit_alone import count_runs, fit_alone
        from bridle.workbench.report.progress import progress
        from bridle.workbench.run.level_epochs import FIRST_EPOCHS

        dataset = asked.read(file)
        runs, console = count_runs(self.arm, dataset), Console(file=sys.stderr)
        if runs == 1 and file.suffix.lower() == ".npz":
            self._refuse_undivided(file, asked)
        with progress(console, runs, quiet=self.quiet) as advance:
            return fit_alone(self.arm, dataset, self.epochs or FIRST_EPOCHS, advance)

    def _refuse_undivided(self, file: Path, asked: TableOptions) -> None:
        """Refuse groups and times of arrays, which are no features anyway, if no rows are divided."""
        for name, column in {"groups": asked.groups, "time": asked.time}.items():
            if column is not None:
                raise InputError(
                    f"--{name} must be left out for the arrays of {file.name}: --arm {self.arm} is "
                    f"fitted to all rows at once, and none are divided. Received: --{name} {column!r}."
                )


def _render(model: Model, folder: Path, file: Path) -> None:
    from bridle.workbench.report.text import printable

    click.echo(printable(str(model)))
    rows = "new.npz" if file.suffix.lower() == ".npz" else "new.csv"
    click.echo(printable(f"Model: {folder}"))
    click.echo(printable(f"Next: bridle predict {shlex.quote(str(folder))} {rows}"))
