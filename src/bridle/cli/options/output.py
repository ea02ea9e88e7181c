"""Options about the output: the folder of the files, and how much is printed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from bridle.cli.options.group import option_group
from bridle.errors import InputError

__all__ = ["OutputOptions", "output_options", "refuse_details"]

output_options = option_group(
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder for records.jsonl, verdict.json, page.json, loss_curves.png, coefficients.png, "
        "report.html, reproduce.py, study.json, the folder model and, with --learning-curve, "
        "learning_curve.jsonl. It is created if needed, and must not contain other files. After an "
        "interruption, the same command continues the study; a finished study is shown again. "
        "Default: FILE's name with -bridle instead of its ending, in the current directory.",
    ),
    click.option(
        "--overwrite",
        is_flag=True,
        help="Replace a study in DIR that has other data, options or versions, which is otherwise an "
        "error.",
    ),
    click.option(
        "--no-model",
        is_flag=True,
        help="Do not fit the recommended model on all rows, and save none in DIR/model.",
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print the verdict as JSON on standard output, and nothing else there.",
    ),
    click.option(
        "--details",
        is_flag=True,
        help="Print the evidence below the answer: the table of arms, each comparison with its power "
        "and epochs, and what the checks found.",
    ),
    click.option("--quiet", is_flag=True, help="No progress and no table, only the headline."),
)


@dataclass(frozen=True)
class OutputOptions:
    """The options about the output."""

    out: Path | None
    overwrite: bool
    no_model: bool
    as_json: bool
    details: bool
    quiet: bool

    def __post_init__(self) -> None:
        refuse_details(details=self.details, as_json=self.as_json, quiet=self.quiet)

    def folder_of(self, file: Path) -> Path:
        """Return the folder for a study: the given one, or one named after the file."""
        return self.out or Path(f"{file.stem}-bridle")


def refuse_details(*, details: bool, as_json: bool, quiet: bool) -> None:
    """Refuse --details beside an option with which they would not be printed.

    Raises
    ------
    InputError
        Both are given.
    """
    if details and as_json:
        raise InputError("--details must be left out with --json, which prints all of them.")
    if details and quiet:
        raise InputError(
            "--details must be left out with --quiet, which prints the headline alone."
        )
