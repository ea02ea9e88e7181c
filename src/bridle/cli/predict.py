"""Command `bridle predict`: predicts for each row of a file with a saved model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.options.config_file import Configurable
from bridle.cli.options.encoding import encoding_option
from bridle.cli.options.group import read_options
from bridle.cli.options.spelling import in_command_words
from bridle.errors import InputError

if TYPE_CHECKING:
    from bridle.workbench.model.model import Model
    from bridle.workbench.model.predict_file import Told

__all__ = ["predict"]

_HELP = """
Predict for each row of FILE with the MODEL that `bridle compare` or `bridle fit` saved.

FILE has the columns that the model was fitted to, in any order: CSV, TSV, Parquet, or .npz for images
and sequences. It is read block by block and may be larger than memory. Its values are read as the
training data were. If columns are missing or unreadable, an error names all of them.

The order of the rows is kept. The first column is the identifier that the training table had or,
without one, the number of the row. Classes have the probability of each class, numbers an interval. Of
survival times the prediction is the log of the row's risk: higher means an earlier event; --at adds the
probability of no event until each of some times.

\b
Examples:
  bridle predict churn-bridle/model new.csv > predictions.csv
  bridle predict churn-bridle/model new.csv --out predictions.parquet
"""

_EXIT_CODES = """
\b
Exit codes:
  0  predicted
  2  bad input, in one sentence on standard error; with --out nothing is written then
"""


@click.command(
    cls=Configurable,
    name="predict",
    help=_HELP,
    epilog=_EXIT_CODES,
    short_help="Predict for new rows.",
)
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File for the predictions, .csv or .parquet; it appears when all of them are written. "
    "Default: CSV on standard output.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file that --out names.")
@click.option(
    "--id",
    "identifiers",
    multiple=True,
    metavar="COLUMN",
    help="A column of FILE to repeat in front of the predictions; repeat it for several.",
)
@click.option(
    "--interval",
    "--level",
    "level",
    type=float,
    metavar="SHARE",
    help="Level of the intervals around numbers, between 0 and 1: the fraction of new rows that they "
    "cover. Default: 0.95.",
)
@click.option(
    "--at",
    metavar="TIME,...",
    help="For a model of survival times: times, separated by commas, in the unit of the training table. "
    "Adds the column survival_TIME for each, the probability of no event until then.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse categories that the training table did not have. Default: they count as rare "
    "categories or, if the column had none, as no category, and are counted on standard error.",
)
@encoding_option
@click.option("--quiet", is_flag=True, help="No progress and no notes.")
def predict(model: Path, file: Path, **given: Any) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.workbench.model.load_model import load

    options = read_options(PredictOptions, given)
    if options.out is None and options.overwrite:
        raise InputError(
            "--overwrite must be left out without --out: predictions on standard output replace no file."
        )
    if options.out is not None:
        from bridle.workbench.model.write_predictions import refuse_output

        refuse_output(options.out, file, overwrite=options.overwrite)
    told = options.run(load(model), file)
    if not options.quiet:
        _tell(told, options)
    return 0


@dataclass(frozen=True)
class PredictOptions:
    """The options about predictions."""

    out: Path | None
    overwrite: bool
    identifiers: tuple[str, ...]
    level: float | None
    at: str | None
    strict: bool
    encoding: str | None
    quiet: bool

    def run(self, model: Model, file: Path) -> Told:
        """Predict for a file, and return notes on its rows."""
        from threadpoolctl import threadpool_limits

        from bridle.workbench.model.predict_file import predict_file
        from bridle.workbench.model.write_predictions import csv_pieces, write_predictions

        # One BLAS thread, so that the last digits do not depend on the number of cores.
        with threadpool_limits(limits=1, user_api="blas"):
            blocks, told = predict_file(
                model,
                file,
                identifiers=self.identifiers,
                level=self.level,
                at=None if self.at is None else _times(self.at),
                strict=self.strict,
                encoding=self.encoding,
            )
            if self.out is not None:
                write_predictions(blocks, self.out, _advance(told, quiet=self.quiet))
                return told
            for piece in csv_pieces(blocks):
                click.echo(piece, nl=False)
        return told


def _times(text: str) -> list[float]:
    from bridle.errors import InputError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"at must be times, separated by commas. Received: {text!r}.") from error


def _advance(told: Told, *, quiet: bool) -> Any:
    import sys
    import time

    last = time.monotonic()

    def advance(rows: int) -> None:
        nonlocal last
        now = time.monotonic()
        if not quiet and now - last >= 2.0:
            last = now
            click.echo(f"{told.rows:,} rows", err=True)
            sys.stderr.flush()

    return advance


def _tell(told: Told, options: PredictOptions) -> None:
    """Print notes on the rows, and their number, on standard error."""
    from bridle.workbench.report.text import printable

    notes = [in_command_words(note) for note in told.read_as]
    if told.extra:
        named = ", ".join(map(repr, told.extra[:5]))
        more = f" and {len(told.extra) - 5:,} more" if len(told.extra) > 5 else ""
        notes.append(f"Not used, since the model was fitted without them: columns {named}{more}.")
    for name, count in told.unseen.items():
        taken = (
            "taken for one of the rare categories"
            if name in told.rare
            else "such a row counts for no category of that column"
        )
        rows = f"{count:,} row{'s' if count > 1 else ''}"
        notes.append(
            f"Column {name!r} has categories that the model was not fitted to in {rows}, for instance "
            f"{told.examples[name]!r}: {taken}."
        )
    if told.no_interval:
        notes.append(f"There are no intervals: {told.no_interval}".rstrip(".") + ".")
    if told.last_event is not None:
        notes.append(
            f"The last event of the training table is at {told.last_event:g}: later probabilities are "
            "those of that time."
        )
    if options.out is not None:
        notes.append(f"{told.rows:,} predictions: {options.out}")
    for note in notes:
        click.echo(printable(note), err=True)
