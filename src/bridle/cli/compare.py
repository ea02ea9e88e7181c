"""Command `bridle compare`: prints the verdict on a file and writes a report to a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.command_words import in_command_words
from bridle.cli.option_groups import read_options
from bridle.cli.output_options import OutputOptions, output_options
from bridle.cli.study_options import StudyOptions, study_options
from bridle.cli.table_options import TableOptions, table_options

if TYPE_CHECKING:
    from bridle.workbench.study import Study

__all__ = ["compare"]

_HELP = """
Train a baseline and its regularised rivals on FILE, and say which to use.

FILE is a table with a header: CSV, TSV, or Parquet (with the extra "parquet"). Numbers,
categories, true/false and missing values are prepared by what the training rows alone teach.
Or it is an .npz file with the arrays X and y, whose rows are numbers, images or sequences;
--groups and --time name further arrays in it, and columns of numbers are called x0, x1, and so on.

\b
The arms:
  dummy            ignores every feature
  permuted_target  learns from a shuffled target: a null that must not beat the dummy
  linear           linear or logistic regression, no penalty
  elastic_net      the same with an elastic-net penalty, its strength cross-validated
  baseline         a network, 128 and 64 ReLU units
  early_stopping   the same network, stopped where its validation loss no longer falls
  dropout          the same network with dropout 0.5 after each hidden layer

\b
By --arms also:
  weight_decay         the network with decoupled weight decay 0.1
  elastic_net_penalty  with an elastic-net penalty on its kernels
  curriculum_dropout   with dropout whose rate grows with the training
  dropout+elastic_net  with dropout and that penalty
  max_norm             with the incoming weights of a unit held to norm 3
  batch_norm           with batch normalisation before each activation
  input_noise          on features with Gaussian noise, 0.2 standard deviations
  mixup                on mixed pairs of rows
  shift_flip           on shifted and mirrored images

Every arm sees the same rows; both networks start from the same weights and see the same batches.
A tenth of the rows is kept for the verdict (unless --folds or --time says otherwise), a tenth of
the rest for validation.

\b
Example:
  bridle compare churn.csv --target churned --epochs 60 --out churn-report
"""

_EXIT_CODES = """
\b
Exit codes:
  0  judged
  1  judged invalid: a column gives the target away, or runs failed
  2  could not judge: bad input, in one sentence on standard error
"""


@click.command(
    name="compare", help=_HELP, epilog=_EXIT_CODES, short_help="Compare models on a table."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--target",
    metavar="COLUMN",
    help="The column to predict; required for a table. Text, true/false and a few whole numbers are "
    "classes; other numbers are a regression.",
)
@table_options
@study_options
@output_options
def compare(file: Path, **given: Any) -> int:
    """Run the `compare` command, whose help is above, and return the exit code."""
    from bridle.workbench.run_study import run_study

    table = read_options(TableOptions, given)
    rules = read_options(StudyOptions, given)
    output = read_options(OutputOptions, given)

    arms = rules.chosen_arms()
    protocol = rules.protocol(in_time=table.time is not None)
    dataset = table.read(file)
    folder = output.folder_of(file)
    study = run_study(
        dataset, arms, protocol, quiet=output.quiet, folder=folder, overwrite=output.overwrite
    )
    _render(study, folder / "report.html", output)
    return study.verdict.exit_code


def _render(study: Study, report: Path, output: OutputOptions) -> None:
    if output.as_json:
        from bridle.workbench.folder.file_names import to_json

        # As bytes, since JSON is UTF-8 whatever the encoding of the terminal.
        click.echo(to_json(study.verdict.to_dict(), indent=2).encode())
    elif output.quiet:
        from bridle.workbench.report.text import printable

        click.echo(printable(in_command_words(study.verdict.headline)))
    else:
        from rich.console import Console

        from bridle.workbench.report.terminal import render_table

        console = Console()
        # Captured, since rich would end the process itself if the output is closed.
        with console.capture() as captured:
            render_table(
                replace(study.verdict, headline=in_command_words(study.verdict.headline)),
                console,
                task=study.dataset.task,
                titles=study.titles,
                report=str(report),
            )
        click.echo(captured.get(), nl=False, color=True)
