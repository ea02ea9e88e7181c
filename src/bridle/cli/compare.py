"""Command `bridle compare`: prints the verdict on a file and writes a report to a folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.options.command_line import result_words
from bridle.cli.options.config_file import Configurable
from bridle.cli.options.group import read_options
from bridle.cli.options.output import OutputOptions, output_options
from bridle.cli.options.policy import Policy
from bridle.cli.options.spelling import in_command_words
from bridle.cli.options.study import StudyOptions, study_options
from bridle.cli.options.table import TableOptions, table_options

if TYPE_CHECKING:
    from bridle.workbench.study import Study

__all__ = ["compare"]

_HELP = """
Train a baseline and its regularised rivals on FILE, and recommend one.

FILE is a table with a header: CSV, TSV, or Parquet (with the extra "parquet"). Numbers,
categories, booleans and missing values are prepared with statistics of the training rows only.
FILE can also be an .npz file with the arrays X and y, whose rows are numbers, images or sequences;
then --groups and --time name further arrays in it, and columns of X are called x0, x1, and so on.

\b
The arms:
  dummy            a constant prediction, which ignores every feature
  permuted_target  a control: trained on a shuffled target, it must not beat the dummy
  linear           linear, logistic, Poisson or Cox regression without a penalty
  elastic_net      the same with an elastic-net penalty, strength and l1_ratio cross-validated
  baseline         a network with 128 and 64 ReLU units; a convolutional one for images, a GRU for
                   sequences (see --network)
  early_stopping   the same network, stopped when its validation loss no longer falls
  dropout          the same network with dropout 0.5 after each hidden layer; 0.25 for images and
                   sequences, of whole channels, and of the state with one mask for all time steps

\b
Further arms, which run if named in --arms:
  lasso                the elastic net with l1 alone
  ridge                the elastic net with l2 alone
  weight_decay         the network with decoupled weight decay 0.1
  elastic_net_penalty  with an elastic-net penalty on its kernels
  curriculum_dropout   with dropout whose rate rises during training
  max_norm             with incoming weights of norm at most 3 for each unit
  batch_norm           with batch normalisation before each activation
  input_noise          with Gaussian noise of 0.2 standard deviations on its features
  mixup                on mixed pairs of rows
  shift_flip           on shifted and mirrored images

Arms of a network can be combined, as in dropout+max_norm. A number sets the rate, as in dropout:0.2, or
the strength; curriculum_dropout and weight_decay take one too.

All arms use the same rows; networks also start from the same weights and use the same batches. A
tenth of the rows is for testing (unless --folds or --time is given), a tenth of the rest for
validation.

\b
Example:
  bridle compare churn.csv --target churned --epochs 60 --out churn-report
"""

_EXIT_CODES = """
\b
Exit codes:
  0  judged
  1  judged invalid (a column leaks the target, or runs failed), or a rule of --policy broken
  2  no verdict: wrong input, explained in one sentence on standard error
"""


@click.command(
    cls=Configurable,
    name="compare",
    help=_HELP,
    epilog=_EXIT_CODES,
    short_help="Compare models on a table.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--target",
    metavar="COLUMN",
    help="The column to predict; required for a table. Text, booleans and few different integers are "
    "classes; other numbers mean regression. For whole numbers from 0 up: --task count; for the time to "
    "an event, instead of --target: --task survival --time-to COLUMN --event COLUMN.",
)
@table_options
@click.option(
    "--rows",
    metavar="N|all",
    help="Draw N rows of a larger table at random, for the study and the model. Default: 50,000, or 200 "
    "for each column if those are more; the answer says so.",
)
@study_options
@output_options
@click.option(
    "--policy",
    multiple=True,
    metavar="RULE",
    help="Exit with 1 if RULE holds: a decision of a comparison, such as hurts or inconclusive; "
    "gap>0.1, if the test loss of the recommended model is more than that above its training loss; or "
    "the code of a check, such as BR110. May be repeated, or list several, separated by commas.",
)
def compare(file: Path, **given: Any) -> int:
    """Run the `compare` command, whose help is above, and return the exit code."""
    from bridle.workbench.data.row_sample import most_rows
    from bridle.workbench.run_study import run_study

    table = read_options(TableOptions, given)
    rules = read_options(StudyOptions, given)
    output = read_options(OutputOptions, given)

    policy = Policy.of(given["policy"])
    arms = rules.chosen_arms()
    protocol = rules.protocol(in_time=table.time is not None)
    dataset = table.read(file, most_rows(given["rows"]), sequences=rules.network == "rnn")
    folder = output.folder_of(file)
    study = run_study(
        dataset,
        arms,
        protocol,
        quiet=output.quiet,
        folder=folder,
        overwrite=output.overwrite,
        model=not output.no_model,
        command=result_words(click.get_current_context()),
    )
    _render(study, folder, file, output)
    return _held(policy, study) or study.verdict.exit_code


def _held(policy: Policy, study: Study) -> int:
    """Return 1 if a rule is broken, with the reason on standard error; otherwise 0."""
    from bridle.workbench.report.text import printable

    broken = policy.broken(study.verdict)
    for sentence in broken:
        click.echo(printable(f"Policy broken: {in_command_words(sentence)}"), err=True)
    return int(bool(broken))


def _render(study: Study, folder: Path, file: Path, output: OutputOptions) -> None:
    if output.as_json:
        from bridle.workbench.folder.file_names import to_json

        # As bytes, since JSON is UTF-8 whatever the encoding of the terminal.
        click.echo(to_json(study.verdict.to_dict(), indent=2).encode())
    elif output.quiet:
        from bridle.workbench.report.text import printable

        click.echo(printable(study.verdict.headline))
    else:
        from rich.console import Console

        from bridle.workbench.report.terminal import render_answer, render_details

        console = Console()
        answer = study.answer(_next(folder, file), report=str(folder / "report.html"))
        # Captured, since rich would end the process itself if the output is closed.
        with console.capture() as captured:
            render_answer(answer, console)
            if output.details:
                render_details(study.verdict, console, task=study.dataset.task, titles=study.titles)
        click.echo(captured.get(), nl=False, color=True)


def _next(folder: Path, file: Path) -> str | None:
    """Return the command that scores new rows with the saved model, if there is one."""
    from bridle.workbench.folder.file_names import MODEL

    kept = folder / MODEL
    if not kept.is_dir():
        return None
    rows = "new.npz" if file.suffix.lower() == ".npz" else "new.csv"
    return f"bridle predict {shlex.quote(str(kept))} {rows}"
