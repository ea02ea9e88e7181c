"""Command `bridle completion`: prints the script with which a shell completes commands and options."""

from __future__ import annotations

import os

import click

__all__ = ["complete_if_asked", "completion"]

_VARIABLE = "_BRIDLE_COMPLETE"
"""Environment variable with which the script asks for completions."""

_HELP = """
Print the script with which a SHELL completes commands, options and file names.

\b
To have it in each new shell, add one of these lines to its start file:
  eval "$(bridle completion bash)"      ~/.bashrc
  eval "$(bridle completion zsh)"       ~/.zshrc
  bridle completion fish | source       ~/.config/fish/config.fish
"""


@click.command(name="completion", help=_HELP, short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "bridle", _VARIABLE).source())
    return 0


def complete_if_asked(command: click.Command) -> None:
    """Print completions and exit, if a shell's script asks for them.

    Raises
    ------
    SystemExit
        The script asked.
    """
    instruction = os.environ.get(_VARIABLE)
    if not instruction:
        return
    from click.shell_completion import shell_complete

    raise SystemExit(shell_complete(command, {}, "bridle", _VARIABLE, instruction))
