"""Command `bridle report`: draws the page of a finished study again, from its folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridle.cli.options.config_file import Configurable

__all__ = ["report"]

_HELP = """
Draw the page of the study in DIR again, from its records and its verdict; nothing is trained or judged.

DIR is the folder that `bridle compare` or Study.save wrote. Use it after an update of bridle, or to
write the page to another place. Without --out, report.html in DIR is replaced.

\b
Example:
  bridle report churn-bridle --out churn.html
"""

_EXIT_CODES = """
\b
Exit codes:
  0  drawn
  2  DIR holds no finished study, or its files have changed
"""


@click.command(
    cls=Configurable,
    name="report",
    help=_HELP,
    epilog=_EXIT_CODES,
    short_help="Draw the page of a study again.",
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A new .html file for the page. Default: report.html in DIR, which is replaced.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file that --out names.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
def report(directory: Path, **given: Any) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.workbench.report.draw_page import draw_page

    path = draw_page(directory, given["out"], overwrite=given["overwrite"])
    if not given["quiet"]:
        from bridle.workbench.report.text import printable

        click.echo(printable(f"Page: {path}"))
    return 0
