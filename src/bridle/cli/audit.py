"""Command `bridle audit`: measures the dropout that acts in the network of a Python file."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isfunction
from pathlib import Path
from typing import Any

import click

from bridle.errors import InputError

__all__ = ["audit"]

_HELP = """
Measure the dropout that acts in a network of PyTorch or Keras, and say what is wrong with it.

FILE is a Python file, which is run. It has a network and a batch as the names 'model' and 'batch', or a
function build() that returns both. A batch is a tensor, a tuple of them, or a mapping: for
model(**batch) in PyTorch, model(batch) in Keras. With 16 rows or more, more faults can be seen.

\b
Example:
  bridle audit train.py --ignore BR507
"""

_EXIT_CODES = """
\b
Exit codes:
  0  nothing is wrong with the dropout
  1  there are findings, each with a code, a reason and a remedy
  2  bad input, in one sentence on standard error
"""


@click.command(
    name="audit", help=_HELP, epilog=_EXIT_CODES, short_help="Audit the dropout of a network."
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--compiled", is_flag=True, help="Compile each kind of dropout module too, some seconds each."
)
@click.option(
    "--ignore",
    metavar="CODE",
    multiple=True,
    help="A finding to ignore, such as BR507. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the audit as JSON, and nothing else.")
def audit(file: Path, compiled: bool, ignore: tuple[str, ...], as_json: bool) -> int:
    """Run the command, whose help is above, and return the exit code."""
    import json

    from bridle.workbench.report.text import printable

    model, batch = _built(file)
    from bridle.dropout.audit.audit_dropout import audit_dropout

    found = audit_dropout(model, batch, compiled=compiled, ignore=ignore)
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=1, allow_nan=False))
    else:
        click.echo("\n".join(printable(line) for line in str(found).splitlines()))
    return found.exit_code


def _built(file: Path) -> tuple[Any, Any]:
    """Return the network and the batch of a file."""
    import runpy

    if not file.is_file():
        raise InputError(f"There is no file {file}.")
    try:
        names = runpy.run_path(str(file), run_name="bridle_audit")
        built = names["build"]() if callable(names.get("build")) else None
    except Exception as error:
        raise InputError(
            f"{file.name} must run and build a network. Received: {type(error).__name__}: {error}."
        ) from error
    if isinstance(built, tuple) and len(built) == 2:
        return built
    if built is None and {"model", "batch"} <= names.keys() and not isfunction(names["model"]):
        return names["model"], names["batch"]
    raise InputError(
        f"{file.name} must have 'model' and 'batch', or a function build() that returns both. Received: "
        f"{_received(names, built)}."
    )


def _received(names: Mapping[str, Any], built: Any) -> str:
    if built is not None:
        return f"{type(built).__name__} from build()"
    if isfunction(names.get("model")):
        return "a function called 'model'. Call it build, and let it return the network and a batch"
    there = [name for name in ("model", "batch") if name in names]
    return f"'{there[0]}' alone" if there else "neither"
