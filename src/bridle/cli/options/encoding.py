"""Option ``--encoding``: that of a text file."""

from __future__ import annotations

import click

__all__ = ["encoding_option"]

encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    help="Encoding of a text file, by a name that Python knows, such as gbk, shift_jis or cp1254. "
    "Default: UTF-8, UTF-16 or UTF-32 by its mark, otherwise Windows-1252, with a note.",
)
