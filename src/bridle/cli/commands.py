"""The commands, one per file, listed in `COMMANDS`."""

from __future__ import annotations

import click

from bridle.cli.columns import columns
from bridle.cli.compare import compare
from bridle.cli.diagnose import diagnose

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (compare, columns, diagnose)
"""Commands in the order of the help."""
