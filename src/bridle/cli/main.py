"""Entry point of the command line: commands, one-line errors, exit codes.

Exit codes: 0 judged, 1 the data or the runs failed, 2 could not judge (bad input), 130 interrupted,
141 standard output closed.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from bridle import __version__
from bridle.arguments.option_words import from_door
from bridle.cli.commands import COMMANDS
from bridle.cli.completion import complete_if_asked
from bridle.cli.options.spelling import in_command_words
from bridle.errors import BridleError

__all__ = ["command", "main"]

_BAD_INPUT = 2
_INTERRUPTED = 130
_CLOSED_OUTPUT = 141


def main() -> NoReturn:
    """Run the command line and exit."""
    complete_if_asked(command)
    try:
        # Not command.main: it would turn a closed output into exit code 1.
        with command.make_context("bridle", sys.argv[1:]) as context:
            code = command.invoke(context)
    except click.exceptions.Exit as request:
        code = request.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BridleError as error:
        code = _refuse(in_command_words(str(error)))
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        code = _INTERRUPTED
    except BrokenPipeError:
        # The reader has gone: exit without the interpreter's flush, which would raise again.
        sys.stdout = None
        code = _CLOSED_OUTPUT
    except OSError as error:  # a full disk, a deleted folder
        place = f": {error.filename}" if error.filename else ""
        code = _refuse(f"{error.strerror or error}{place}.")
    sys.exit(code)


def _refuse(reason: str) -> int:
    from bridle.workbench.report.text import printable

    click.echo(f"Error: {printable(reason)}", err=True)
    return _BAD_INPUT


@click.group(
    name="bridle",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="bridle")
@click.pass_context
def command(context: click.Context) -> None:
    """Rein in overfitting, and see with evidence what it bought.

    Start with:  bridle compare data.csv --target COLUMN
    """
    context.with_resource(from_door(shell=True))


for entry in COMMANDS:
    command.add_command(entry)
