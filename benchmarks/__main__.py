"""``python -m benchmarks``: measure, print the table, keep the figures."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.console import Console

from benchmarks.cases import CASES, QUICK
from benchmarks.machine import describe_machine
from benchmarks.measure import Bench
from benchmarks.own_costs import OWN
from benchmarks.picture import draw
from benchmarks.process import Workers
from benchmarks.results import Results
from benchmarks.scaffold.places import BUILD, HOME, ROOT, screen
from benchmarks.session import Session
from benchmarks.small_fits import SMALL
from benchmarks.solvers import NAMES, OURS
from benchmarks.table import render

_PICTURE = ROOT / "docs" / "images" / "benchmarks.png"
_WIDTH = 150
"""Columns of a log file."""

_OWN = "own"
_SMALL = "small"
_ALL = (*(case.name for case in CASES), _SMALL, _OWN)
_QUICK = tuple(case.name for case in QUICK)


@click.command()
@click.option(
    "--cases",
    "cases",
    multiple=True,
    type=click.Choice([*dict.fromkeys((*_ALL, *_QUICK))]),
    help='A case, "small" for single fits of small problems, or "own" for bridle\'s own costs; may '
    "be repeated. Default: all.",
)
@click.option(
    "--solvers",
    "solvers",
    multiple=True,
    type=click.Choice(NAMES),
    help="A solver; may be repeated. Default: all.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="A small case of each kind, once, no own costs; figures go to build/.",
)
@click.option(
    "--render",
    "only_render",
    is_flag=True,
    help="Measure nothing: print and draw what the file holds.",
)
@click.option(
    "--rivals",
    type=click.Path(path_type=Path),
    default=ROOT / ".venv-bench" / "bin" / "python",
    help="The Python that has the other libraries. Default: the one in .venv-bench.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file that keeps the figures; earlier ones of other cases stay. "
    "Default: benchmarks/results.json.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    help="Where the picture goes. Default: docs/images/benchmarks.png.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=BUILD / "data",
    help="The folder with the files of real data, tox_171.npz and isolet.npz, each with X and y; a case "
    "without its file is left out. Default: data in build/benchmarks.",
)
@click.option("--ceiling", default=600.0, show_default=True, help="Seconds of a call at most.")
def main(
    cases: tuple[str, ...],
    solvers: tuple[str, ...],
    quick: bool,
    only_render: bool,
    rivals: Path,
    out: Path | None,
    picture: Path | None,
    data: Path,
    ceiling: float,
) -> None:
    """Time bridle and its rivals on the same strengths, to the same accuracy, on two cores."""
    notes = Console(stderr=True)
    out = out or (BUILD / "quick.json" if quick else HOME / "results.json")
    picture = picture or (BUILD / "quick.png" if quick else _PICTURE)
    results = Results.read(out)
    if not only_render:
        # Not resolved: the Python of an environment is a link, and where it lies says which one.
        python = os.path.abspath(rivals)
        workers = Workers({name: python for name in NAMES if name not in (OURS, "glmnet")})
        bench = Bench(workers, 1 if quick else 3, ceiling, not quick, notes.print)
        session = Session(bench, results, out, BUILD, data)
        results.machine = describe_machine()
        chosen = cases or (_QUICK if quick else _ALL)
        session.take_cases(
            [name for name in chosen if name not in (_SMALL, _OWN)], solvers or NAMES
        )
        if _SMALL in chosen:
            session.take_small(SMALL)
        if _OWN in chosen:
            session.take_own(OWN)
    screen(_WIDTH).print(render(results))
    draw(results, picture)


if __name__ == "__main__":
    main()
