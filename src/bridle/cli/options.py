"""Options that several commands have."""

from __future__ import annotations

import click

__all__ = ["keep_option", "missing_option"]

missing_option = click.option(
    "--missing",
    multiple=True,
    metavar="WORD",
    help="A word, or a number such as -999, that stands for a missing value, beside empty fields, NA, "
    "NaN, null, None, unknown, ? and their like; repeat it for several.",
)

keep_option = click.option(
    "--keep",
    multiple=True,
    metavar="WORD",
    help="One of these words that is a value here; repeat it for several.",
)
