"""``python -m benchmarks.mutation``: try the mutants, print those that survive and the scores."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.mutation.mutants import mutants_of
from benchmarks.mutation.suites import GOAL, SUITES
from benchmarks.mutation.trial import Trial, run_trials

__all__ = ["main"]

_SOURCES = Path(__file__).parents[2] / "src"


@click.command()
@click.argument("suites", nargs=-1, type=click.Choice(tuple(SUITES)))
@click.option("--module", default="", help="Only modules whose name ends so.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1))
def main(suites: tuple[str, ...], module: str, workers: int) -> None:
    """Try the mutants of some suites, by default all; fail where too many survive."""
    short = False
    for suite in suites or tuple(SUITES):
        killed = total = 0
        for name, tests in SUITES[suite].items():
            if name.endswith(module):
                survivors, tried = _try(name, tests, workers)
                killed, total = killed + tried - len(survivors), total + tried
                click.echo(f"{name}: {tried - len(survivors)} of {tried} killed")
                for survivor in survivors:
                    click.echo(f"  line {survivor}")
        if total:
            click.echo(f"{suite}: {killed} of {total}, {killed / total:.1%}")
            short |= killed < GOAL * total
    sys.exit(short)


def _try(module: str, tests: tuple[str, ...], workers: int) -> tuple[list[str], int]:
    """Return the changes that no test noticed, and the number of mutants."""
    path = _SOURCES / f"{module.replace('.', '/')}.py"
    source = path.read_text("utf-8")
    plain = Trial(module, path, source, tests)
    ((_, outcome),) = run_trials([plain], 1)
    if not outcome.passed:
        raise click.ClickException(f"the tests of {module} fail without a mutant: {tests}")
    seconds = math.ceil(5 + 3 * outcome.seconds)
    mutants = list(mutants_of(source))
    trials = [replace(plain, source=mutant.source, seconds=seconds) for mutant in mutants]
    alive = sorted(index for index, trial in run_trials(trials, workers) if trial.passed)
    return [mutants[index].change for index in alive], len(mutants)


if __name__ == "__main__":
    main()
