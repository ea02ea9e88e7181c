"""Command `bridle compare`: a file goes in; the verdict comes out, and a report is left in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.command_words import in_command_words
from bridle.cli.options import keep_option, missing_option
from bridle.errors import InputError

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
@click.option(
    "--task",
    type=click.Choice(["binary", "multiclass", "regression"]),
    help="What kind of prediction it is, where the guess from the target is wrong.",
)
@click.option(
    "--drop",
    multiple=True,
    metavar="COLUMN",
    help="A column to leave out; repeat it for several. Identifiers and constant columns are left "
    "out anyway, with a warning.",
)
@missing_option
@keep_option
@click.option(
    "--accept",
    multiple=True,
    metavar="CODE:COLUMN",
    help="A finding that is meant so, for instance BR201:odor, a column that may well give the "
    "target away; BR202 for one about the whole table. It makes no verdict invalid, and the report "
    "says so. Repeat it for several.",
)
@click.option(
    "--arms",
    metavar="NAMES",
    help="Which models to run, separated by commas; the dummy always runs. Default: the first list "
    "above. dropout is compared with baseline, elastic_net with linear.",
)
@click.option(
    "--tune",
    is_flag=True,
    help="Let every network choose its strengths, rate, learning rate and batch size first, by "
    "successive halving on the training and validation rows, all with the same budget.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of random splits, or of repeats of --folds. Each draws its own test, validation and "
    "training rows, initialisation and data order, shared by all arms. More seeds, narrower "
    "interval. Default: 10, and 1 with --folds.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="K",
    help="Test on each of K folds in turn in place of random splits; with --time, on each of K "
    "stretches (default 5).",
)
@click.option(
    "--inner-folds",
    type=click.IntRange(min=2),
    metavar="K",
    help="With --folds: validate on each of K inner folds in turn, and average.",
)
@click.option(
    "--groups",
    metavar="COLUMN",
    help="A column that says which rows belong together, for instance a patient: they never stand "
    "on two sides of a split.",
)
@click.option(
    "--time",
    metavar="COLUMN",
    help="A column of dates or numbers to sort the rows by: each stretch is predicted from the rows "
    "before it.",
)
@click.option(
    "--initialisations",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Runs on the same rows from other initial weights, averaged before splits are counted.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=15,
    show_default=True,
    metavar="N",
    help="How often a network passes over its training rows. If the losses were still falling at "
    "the end, the verdict says so and names a larger number.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where records.jsonl, verdict.json, loss_curves.png, coefficients.png, report.html and "
    "study.json go. It is made if needed; a directory that holds anything else is refused. After an "
    "interruption the same command goes on where it was; what is finished is shown again. Default: "
    "FILE's name with -bridle in place of its ending, in the current directory.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace the study that DIR holds, where it is of other data, options or versions. Without "
    "this it is refused.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the verdict as JSON on standard output, and nothing else there.",
)
@click.option(
    "--quiet", is_flag=True, help="No progress and no table: the verdict's sentence alone."
)
def compare(
    file: Path,
    target: str | None,
    task: Any,
    drop: tuple[str, ...],
    missing: tuple[str, ...],
    keep: tuple[str, ...],
    accept: tuple[str, ...],
    arms: str | None,
    tune: bool,
    seeds: int | None,
    folds: int | None,
    inner_folds: int | None,
    groups: str | None,
    time: str | None,
    initialisations: int,
    epochs: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run the `compare` command, whose help is above, and return the exit code."""
    from bridle.workbench.arm.choose import choose_arms
    from bridle.workbench.data.dataset import make_dataset
    from bridle.workbench.data.read_table import read_table_file
    from bridle.workbench.data.row_arrays import read_arrays
    from bridle.workbench.protocol import Protocol
    from bridle.workbench.run_study import run_study
    from bridle.workbench.splits import seeds_of, splits_from_options

    names = None if arms is None else [name.strip() for name in arms.split(",") if name.strip()]
    chosen = choose_arms(names, tune=tune)
    splits = splits_from_options(folds, inner_folds, in_time=time is not None)
    protocol = Protocol(
        seeds=seeds_of(splits, seeds, initialisations),
        epochs=epochs,
        splits=splits,
        initialisations=initialisations,
        accept=accept,
    )
    if file.suffix.lower() == ".npz":
        dataset = read_arrays(
            file,
            target="y" if target is None else target,
            task=task,
            drop=drop,
            groups=groups,
            time=time,
            missing=missing,
            keep=keep,
        )
    elif target is None:
        raise InputError(
            f"--target must name the column of {file.name} to predict. Received: none."
        )
    else:
        found = read_table_file(file)
        dataset = make_dataset(
            found.frame,
            target,
            task=task,
            drop=drop,
            name=file.name,
            groups=groups,
            time=time,
            notes=found.notes,
            missing=missing,
            keep=keep,
        )
    folder = out or Path(f"{file.stem}-bridle")
    study = run_study(dataset, chosen, protocol, quiet=quiet, folder=folder, overwrite=overwrite)
    _render(study, folder / "report.html", as_json=as_json, quiet=quiet)
    return study.verdict.exit_code


def _render(study: Study, report: Path, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        from bridle.workbench.folder.file_names import to_json

        # As bytes: JSON is UTF-8, whatever the terminal speaks.
        click.echo(to_json(study.verdict.to_dict(), indent=2).encode())
    elif quiet:
        from bridle.workbench.report.text import printable

        click.echo(printable(in_command_words(study.verdict.headline)))
    else:
        from rich.console import Console

        from bridle.workbench.report.terminal import render_table

        console = Console()
        # Captured, since rich ends the process by itself where the output is closed.
        with console.capture() as captured:
            render_table(
                replace(study.verdict, headline=in_command_words(study.verdict.headline)),
                console,
                task=study.dataset.task,
                titles=study.titles,
                report=str(report),
            )
        click.echo(captured.get(), nl=False, color=True)
