"""Command `bridle export`: writes the runs of a folder to a tracker."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["export"]

_HELP = """
Write the runs of the study in DIR to a tracker: settings, curves by epoch, final numbers.

DIR is the folder that `bridle compare` or Study.save wrote, or one of bridle.Trials. Each tracker needs
its extra: pip install 'bridle[tensorboard]'.

\b
Example:
  bridle export churn-bridle --to tensorboard
"""

_EXIT_CODES = """
\b
Exit codes:
  0  written
  2  DIR holds no runs, the place is in use, or the tracker is not installed
"""


@click.command(name="export", help=_HELP, epilog=_EXIT_CODES, short_help="Write runs to a tracker.")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--to",
    required=True,
    type=click.Choice(["mlflow", "tensorboard", "trackio"]),
    help="The tracker.",
)
@click.option(
    "--out",
    metavar="PLACE",
    help="TensorBoard: a new folder, default NAME-tensorboard. MLflow: a tracking URI.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="Name of the experiment or project; for TensorBoard, without --out, of the folder "
    "NAME-tensorboard. Default: that of DIR.",
)
@click.option("--quiet", is_flag=True, help="Print nothing.")
def export(directory: Path, to: str, out: str | None, name: str | None, quiet: bool) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.workbench.export.export_records import export_records

    place = export_records(directory, to, out=out, name=name)
    if not quiet:
        from bridle.workbench.report.text import printable

        click.echo(printable(f"Runs: {place}"))
    return 0
