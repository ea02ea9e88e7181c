"""Command `bridle demo`: the first comparison, on data that come with scikit-learn."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bridle.cli.options.config_file import Configurable
from bridle.errors import InputError

__all__ = ["demo"]

_NEW = 30
"""Rows that the study does not see."""

_HELP = """
Compare the models on a small table of tumours that comes with scikit-learn, to see the output of
`bridle compare`.

The tables and the study are left in a folder: breast_cancer.csv, new.csv with rows that the study did
not see, and the report.

\b
Example:
  bridle demo
"""


@click.command(
    cls=Configurable,
    name="demo",
    help=_HELP,
    short_help="See a first comparison on known data.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=Path("bridle-demo"),
    show_default=True,
    help="Folder for the tables and the study; a new one, or that of an earlier demo.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    metavar="N",
    help="Number of random splits.",
)
@click.option("--quiet", is_flag=True, help="No progress, only the verdict in one sentence.")
@click.pass_context
def demo(context: click.Context, out: Path, seeds: int, quiet: bool) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.cli.compare import compare

    table, study = out / "breast_cancer.csv", out / "study"
    _write(out, table)
    asked = [str(table), "--target", "tumour", "--seeds", str(seeds), "--out", str(study)]
    if study.exists():  # of an earlier demo, whose seeds may be others
        asked.append("--overwrite")
    if not quiet:
        click.echo(f"$ bridle compare {shlex.join(asked)}", err=True)
    with compare.make_context(
        "compare", [*asked, *(["--quiet"] if quiet else [])], context
    ) as made:
        code: int = compare.invoke(made)
    if not quiet and (study / "model").is_dir():
        scored = shlex.join(["bridle", "predict", str(study / "model"), str(out / "new.csv")])
        click.echo(f"Rows that the study did not see are in new.csv: {scored}")
    return code


def _write(folder: Path, table: Path) -> None:
    from sklearn.datasets import load_breast_cancer

    from bridle.files.atomic_file import write_atomic
    from bridle.files.csv_text import csv_text

    if folder.exists() and not folder.is_dir():
        raise InputError(f"out must be a folder. Received: {str(folder)!r}.")
    if folder.is_dir() and any(folder.iterdir()) and not table.is_file():
        raise InputError(
            f"out must be a new folder, or that of an earlier demo. Received: {str(folder)!r}, "
            f"which holds "
            "other files."
        )
    folder.mkdir(parents=True, exist_ok=True)
    frame = load_breast_cancer(as_frame=True).frame
    tumour = frame.pop("target").map({0: "malignant", 1: "benign"})
    frame = frame.assign(tumour=tumour)
    write_atomic(table, csv_text(frame[:-_NEW]).encode())
    write_atomic(folder / "new.csv", csv_text(frame[-_NEW:].drop(columns="tumour")).encode())
