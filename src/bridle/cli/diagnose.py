"""Command `bridle diagnose`: explains the losses of a training run, from its log."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.options.config_file import Configurable
from bridle.errors import InputError

if TYPE_CHECKING:
    from bridle.workbench.diagnosis.diagnosis import Diagnosis

__all__ = ["diagnose"]

_HELP = """
Say whether a training run overfits, still learns, is level or diverged, and what to do next.

LOG is a CSV of Keras' CSVLogger or of Lightning (metrics.csv), a history of Keras as JSON, Hugging
Face's trainer_state.json, or any CSV with a column for each loss. Several runs are diagnosed one by
one.

\b
Examples:
  bridle diagnose runs/version_0/metrics.csv
  bridle diagnose checkpoint-500/trainer_state.json --plot losses.png
"""

_EXIT_CODES = """
\b
Exit codes:
  0  diagnosed, whatever was found
  1  a run diverged
  2  bad input, in one sentence on standard error
"""


@click.command(
    cls=Configurable,
    name="diagnose",
    help=_HELP,
    epilog=_EXIT_CODES,
    short_help="Diagnose training logs.",
)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--train", metavar="NAME", help="The training loss in the log. Default: recognised by its name."
)
@click.option(
    "--validation",
    metavar="NAME",
    help="The validation loss in the log. Default: recognised by its name.",
)
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw the curves: .png, .svg or .pdf.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the diagnoses as JSON, and nothing else."
)
def diagnose(
    logs: tuple[Path, ...],
    train: str | None,
    validation: str | None,
    plot: Path | None,
    as_json: bool,
) -> int:
    """Run the command, whose help is above, and return the exit code."""
    import json

    from bridle.workbench.diagnosis.diagnose import diagnose as diagnosis_of
    from bridle.workbench.report.text import printable

    if plot is not None and len(logs) > 1:
        raise InputError(
            f"plot must be left out with several logs: it draws one. Received: {len(logs)} logs."
        )
    found = [diagnosis_of(log, train=train, validation=validation) for log in logs]
    if plot is not None:
        _draw(found[0], plot)
    if as_json:
        click.echo(json.dumps([finding.to_dict() for finding in found], indent=1, allow_nan=False))
    else:
        for finding in found:
            if len(found) > 1:
                click.echo(f"{printable(finding.log.name)}:")
            click.echo("\n".join(printable(line) for line in str(finding).splitlines()))
    return int(any(finding.name == "diverged" for finding in found))


def _draw(found: Diagnosis, path: Path) -> None:
    from bridle.files.atomic_file import write_atomic

    buffer = BytesIO()
    try:
        found.plot().savefig(buffer, format=path.suffix.lstrip(".") or "png", dpi=150)
    except ValueError as error:
        raise InputError(
            f"plot must be a file such as losses.png, .svg or .pdf. Received: {path}."
        ) from error
    write_atomic(path, buffer.getvalue())
