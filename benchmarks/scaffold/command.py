"""Command of a bench: measure rows in processes of their own, print the table, keep the figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from benchmarks.machine import describe_machine
from benchmarks.process import Failed, Stopped, Worker
from benchmarks.scaffold.bench import Bench, Row
from benchmarks.scaffold.figures import Figures
from benchmarks.scaffold.places import BUILD, HOME, ROOT, screen
from benchmarks.scaffold.results import Results

__all__ = ["command_of", "measure", "python_with"]

_WIDTH = 120
"""Columns of a log file."""


def command_of(bench: Bench) -> click.Command:
    """Return the command ``python -m benchmarks.NAME``."""

    @click.command(help=bench.purpose)
    @click.option(
        "--rows",
        "names",
        multiple=True,
        type=click.Choice([row.name for row in bench.rows]),
        help="A row; may be repeated. Default: all.",
    )
    @click.option("--quick", is_flag=True, help="A few rows, one round each; figures go to build/.")
    @click.option(
        "--render", "only_render", is_flag=True, help="Measure nothing: print what the file holds."
    )
    def main(names: tuple[str, ...], quick: bool, only_render: bool) -> None:
        out = (BUILD if quick else HOME) / f"{bench.name}_results.json"
        results = Results.read(out)
        if not only_render:
            chosen = names or (bench.quick if quick else [row.name for row in bench.rows])
            results.machine = describe_machine()
            for row in map(bench.row, chosen):
                click.echo(row.title, err=True)
                python = python_with(row.backend)
                figures, libraries = measure(bench, row, python, 1 if quick else bench.rounds)
                results.rows[row.name] = figures
                results.libraries |= libraries
                results.write(out)
        screen(_WIDTH).print(results.render(bench))

    return main


def python_with(backend: str) -> str:
    """Return the Python of an environment that has a backend."""
    own = ROOT / f".venv-{backend}" / "bin" / "python"
    return str(own) if backend in ("torch", "scale") else sys.executable


def measure(bench: Bench, row: Row, python: str, rounds: int) -> tuple[Figures, dict[str, str]]:
    """Return the figures of a row, and the versions of the libraries.

    Parameters
    ----------
    bench : Bench
    row : Row
    python : str
        The Python of an environment that has the backend.
    rounds : int
    """
    if not Path(python).exists():
        why = f"skipped: no environment with {row.backend}; make bench-{bench.name} builds it"
        return Figures(reason=why), {}
    command = [python, "-m", "benchmarks.scaffold.row_worker", bench.name, row.name, str(rounds)]
    try:
        with Worker(command) as worker:
            found = json.loads(worker.answer(limit=0.0))
    except (Failed, Stopped) as error:
        return Figures(reason=f"failed: {error}"), {}
    return Figures(**found["figures"]), found["libraries"]
