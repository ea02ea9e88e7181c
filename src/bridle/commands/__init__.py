"""Commands of the command line: one a file, listed in `COMMANDS`."""

from __future__ import annotations

import click

from bridle.commands.columns import columns

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (columns,)
