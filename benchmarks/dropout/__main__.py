"""``python -m benchmarks.dropout``: measure, print the table, keep the figures."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from benchmarks.dropout.catalogue import ROWS, Row, by_name
from benchmarks.dropout.pairs import Ratio
from benchmarks.dropout.results import Results
from benchmarks.machine import describe_machine
from benchmarks.process import Failed, Stopped, Worker

__all__ = ["main", "measure"]

_ROOT = Path(__file__).parents[2]
_TORCH = _ROOT / ".venv-torch" / "bin" / "python"
_WIDTH = 120
"""Columns of a log file."""

_ROUNDS, _QUICK_ROUNDS = 15, 1


@click.command()
@click.option(
    "--rows",
    "names",
    multiple=True,
    type=click.Choice([row.name for row in ROWS]),
    help="A row; may be repeated. Default: all.",
)
@click.option("--quick", is_flag=True, help="One round a row; figures go to build/.")
@click.option(
    "--render", "only_render", is_flag=True, help="Measure nothing: print what the file holds."
)
def main(names: tuple[str, ...], quick: bool, only_render: bool) -> None:
    """Time bridle's dropout beside that of Keras and PyTorch, on two cores."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    home = _ROOT / "build" / "benchmarks" if quick else _ROOT / "benchmarks"
    out = home / "dropout_results.json"
    results = Results.read(out)
    if not only_render:
        results.machine = {**describe_machine(), "date": datetime.now(UTC).date().isoformat()}
        for name in names or [row.name for row in ROWS]:
            row = by_name(name)
            click.echo(row.title, err=True)
            python = sys.executable if row.backend == "jax" else str(_TORCH)
            ratio, libraries = measure(row, python, _QUICK_ROUNDS if quick else _ROUNDS)
            results.rows[name] = ratio
            results.libraries |= libraries
            results.write(out)
    console.print(results.render())


def measure(row: Row, python: str, rounds: int) -> tuple[Ratio, dict[str, str]]:
    """Return a row's ratio, and the versions of the libraries.

    Parameters
    ----------
    row : Row
    python : str
        The Python of an environment that has the backend.
    rounds : int
    """
    if not Path(python).exists():
        why = f"skipped: no environment with {row.backend}; make bench-dropout builds it"
        return Ratio(reason=why), {}
    command = [python, "-m", "benchmarks.dropout.worker", row.name, str(rounds)]
    try:
        with Worker(command) as worker:
            found = json.loads(worker.answer(limit=0.0))
    except (Failed, Stopped) as error:
        return Ratio(reason=f"failed: {error}"), {}
    return Ratio(**found["ratio"]), found["libraries"]


if __name__ == "__main__":
    main()
