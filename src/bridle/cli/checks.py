"""Command `bridle checks`: lists the checks of a study, or explains one."""

from __future__ import annotations

import click

from bridle.errors import UnknownNameError

__all__ = ["checks"]

_HELP = """
List the checks of the data, the splits, the runs and networks, or explain those with a CODE.

\b
Example:
  bridle checks BR205
"""


@click.command(name="checks", help=_HELP, short_help="List the checks, or explain one.")
@click.argument("codes", metavar="[CODE]...", nargs=-1)
def checks(codes: tuple[str, ...]) -> int:
    """Run the command, whose help is above, and return the exit code."""
    from bridle.workbench.all_checks import EXPLANATIONS, NAMES

    if not codes:
        for code, explanation in EXPLANATIONS.items():
            click.echo(f"{code}  {NAMES[code]:20}  {explanation.finds}")
        return 0
    found = [_numbered(code) for code in codes]
    for place, code in enumerate(found):
        explanation = EXPLANATIONS[code]
        click.echo(f"{'' if place == 0 else chr(10)}{code} {NAMES[code]}")
        click.echo(f"  Finds:    {explanation.finds}")
        click.echo(f"  Matters:  {explanation.matters}")
        click.echo(f"  Remedy:   {explanation.remedy}")
    return 0


def _numbered(code: str) -> str:
    from bridle.workbench.all_checks import EXPLANATIONS

    asked = code.split()[0].upper() if code.split() else ""
    known = f"{asked[:3]}xx" if asked.startswith(("BR3", "BR5")) else asked
    if known not in EXPLANATIONS:
        raise UnknownNameError("check", code, EXPLANATIONS)
    return known
