"""Commands of the command line: one a file, listed in `COMMANDS`."""

from __future__ import annotations

import click

from bridle.cli.columns import columns
from bridle.cli.compare import compare
from bridle.cli.diagnose import diagnose

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (compare, columns, diagnose)
"""In the order of the help."""
