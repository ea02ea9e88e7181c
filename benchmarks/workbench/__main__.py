"""``python -m benchmarks.workbench``: measure, print the table, keep the figures."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from benchmarks.machine import describe_machine
from benchmarks.process import Failed, Stopped, Worker
from benchmarks.workbench.catalogue import ROWS, by_name
from benchmarks.workbench.results import Results, Time

__all__ = ["main", "measure"]

_FILE = Path(__file__).parents[1] / "workbench_results.json"
_WIDTH = 120
"""Columns of a log file."""


@click.command()
@click.option(
    "--rows",
    "names",
    multiple=True,
    type=click.Choice([row.name for row in ROWS]),
    help="A row; may be repeated. Default: all.",
)
@click.option(
    "--render", "only_render", is_flag=True, help="Measure nothing: print what the file holds."
)
def main(names: tuple[str, ...], only_render: bool) -> None:
    """Time bridle's studies beside loops of Keras fits, on two cores."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    results = Results.read(_FILE)
    if not only_render:
        results.machine = {**describe_machine(), "date": datetime.now(UTC).date().isoformat()}
        for name in names or [row.name for row in ROWS]:
            click.echo(by_name(name).title, err=True)
            time, libraries = measure(name)
            results.rows[name] = time
            results.libraries |= libraries
            results.write(_FILE)
    console.print(results.render())


def measure(name: str) -> tuple[Time, dict[str, str]]:
    """Return the time of a row, and the versions of the libraries."""
    command = [sys.executable, "-m", "benchmarks.workbench.worker", name]
    try:
        with Worker(command) as worker:
            found = json.loads(worker.answer(limit=0.0))
    except (Failed, Stopped) as error:
        return Time(reason=f"failed: {error}"), {}
    return Time(**found["time"]), found["libraries"]


if __name__ == "__main__":
    main()
