"""Command `bridle judge`: the verdict on runs of another trainer, from their logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridle.cli.options.output import refuse_details
from bridle.errors import InputError

__all__ = ["judge"]

_HELP = """
Judge whether runs with a regulariser are better than runs without, whatever software trained them.

Each BASELINE and REGULARISED is one run: a CSV of Keras' CSVLogger or of Lightning (metrics.csv), a
history of Keras as JSON, Hugging Face's trainer_state.json, event files of TensorBoard, the .wandb
file of an offline run of W&B, or the folder of a run with one of them; losses or predictions of test
rows (.npz, .csv, .parquet); or the folder of a study of bridle. Runs pair by the seed in their path
(dropout/seed3/metrics.csv); without seeds they are judged unpaired. With fewer than five seeds there
is an interval but no claim.

\b
Examples:
  bridle judge base/seed*/metrics.csv --against dropout/seed*/metrics.csv --name dropout
  bridle judge base/seed*.npz --against dropout/seed*.npz
"""

_EXIT_CODES = """
\b
Exit codes:
  0  judged, whatever was found
  1  the runs cannot be compared: one failed, or an arm has a single run
  2  bad input, in one sentence on standard error
"""

_AGAINST = "--against"


class _Judge(click.Command):
    """A command whose option --against takes all following words, up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put --against before each word that belongs to it."""
        given: list[str] = []
        taking = False
        for word in args:
            if word.startswith("-") and word != "-":
                taking = word == _AGAINST
                if not taking:
                    given.append(word)
            elif taking:
                given += [_AGAINST, word]
            else:
                given.append(word)
        return click.Command.parse_args(self, ctx, given)


@click.command(
    name="judge",
    cls=_Judge,
    help=_HELP,
    epilog=_EXIT_CODES,
    short_help="Judge runs of another trainer.",
)
@click.argument("baseline", metavar="BASELINE...", nargs=-1, required=True, type=click.Path())
@click.option(
    _AGAINST,
    metavar="REGULARISED...",
    multiple=True,
    required=True,
    type=click.Path(),
    help="The regularised runs: all that follows, up to the next option.",
)
@click.option(
    "--name",
    metavar="NAME",
    default="regularised",
    show_default=True,
    help="Name of the regularised runs; in a study of bridle, the arm to compare.",
)
@click.option(
    "--baseline-name",
    metavar="NAME",
    default="baseline",
    show_default=True,
    help="Name of the plain runs; in a study of bridle, the arm to compare.",
)
@click.option(
    "--validation",
    metavar="NAME",
    help="The validation loss in the logs. Default: recognised by its name.",
)
@click.option(
    "--at",
    type=click.Choice(["last", "best"]),
    default="last",
    show_default=True,
    help="Compare the validation loss at the end of each run, or its lowest, which favours both.",
)
@click.option(
    "--margin",
    metavar="SHARE",
    type=float,
    default=0.02,
    show_default=True,
    help="A change below this fraction of the plain runs' loss is too small to matter.",
)
@click.option(
    "--confidence",
    metavar="LEVEL",
    type=float,
    default=0.95,
    show_default=True,
    help="Level of the interval.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the verdict as JSON, and nothing else."
)
@click.option(
    "--details", is_flag=True, help="Print below the answer what was estimated, and its power."
)
@click.option("--quiet", is_flag=True, help="No table, only the headline.")
def judge(baseline: tuple[str, ...], against: tuple[str, ...], **given: Any) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.workbench.elsewhere.judge_runs import judge_runs
    from bridle.workbench.report.text import printable

    _refuse_together(given)
    found = judge_runs(
        [Path(path) for path in baseline],
        [Path(path) for path in against],
        names=(given["baseline_name"], given["name"]),
        validation=given["validation"],
        at=given["at"],
        margin=given["margin"],
        confidence=given["confidence"],
    )
    if given["as_json"]:
        from bridle.workbench.folder.file_names import to_json

        click.echo(to_json(found.to_dict(), indent=2).encode())
    elif given["quiet"]:
        click.echo(printable(found.verdict.headline))
    else:
        from rich.console import Console

        from bridle.workbench.report.terminal import render_answer
        from bridle.workbench.verdict.wording import power_words

        console = Console()
        with console.capture() as captured:
            render_answer(found.answer(), console)
            if given["details"]:
                console.print()
                said = (
                    found.comparison.sentence,
                    found.verdict.estimand,
                    power_words(found.comparison, found.task),
                )
                for words in filter(None, said):
                    console.print(printable(words), markup=False, highlight=False)
        click.echo(captured.get(), nl=False, color=True)
    return found.exit_code


def _refuse_together(given: dict[str, Any]) -> None:
    refuse_details(details=given["details"], as_json=given["as_json"], quiet=given["quiet"])
    if given["as_json"] and given["quiet"]:
        raise InputError(
            "--quiet must be left out with --json, which prints the verdict and nothing else."
        )
    if given["name"] == given["baseline_name"]:
        raise InputError(
            "--name and --baseline-name must be two different names. Received: "
            f"{given['name']!r} for both."
        )
