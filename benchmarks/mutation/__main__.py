"""``python -m benchmarks.mutation``: try the mutants, print those that survive and the scores."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import click

from benchmarks.mutation.kept import KeptOutcomes
from benchmarks.mutation.mutants import Mutant, mutants_of
from benchmarks.mutation.suites import GOAL, SUITES
from benchmarks.mutation.trial import Mutated, Trial, plain_outcome, run_trials

__all__ = ["main"]

_ROOT = Path(__file__).parents[2]
_KEPT = _ROOT / "build" / "mutants"


@click.command()
@click.argument("suites", nargs=-1, type=click.Choice(tuple(SUITES)))
@click.option("--module", default="", help="Only modules whose name ends so.")
@click.option("--sample", default=0, help="At most so many mutants of a module, always the same.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1))
def main(suites: tuple[str, ...], module: str, sample: int, workers: int) -> None:
    """Try the mutants of some suites, by default all; fail where too many survive.

    Outcomes are kept in build/mutants: a run that was interrupted goes on.
    """
    short = False
    for suite in suites or tuple(SUITES):
        killed = total = 0
        for name, tests in SUITES[suite].items():
            if name.endswith(module):
                survivors, tried = _try(name, tests, sample, workers)
                killed, total = killed + tried - len(survivors), total + tried
                click.echo(f"{name}: {tried - len(survivors)} of {tried} killed")
                for survivor in survivors:
                    click.echo(f"  line {survivor}")
        if total:
            click.echo(f"{suite}: {killed} of {total}, {killed / total:.1%}")
            short |= killed < GOAL * total
    sys.exit(short)


def _try(module: str, tests: tuple[str, ...], sample: int, workers: int) -> tuple[list[str], int]:
    """Return the changes that no test noticed, and the number of mutants."""
    mutated = Mutated(module, _ROOT / "src" / f"{module.replace('.', '/')}.py", tests)
    source = mutated.path.read_text("utf-8")
    mutants = _sampled(list(mutants_of(source)), sample)
    texts = [(_ROOT / file).read_text("utf-8") for file in tests]
    kept = KeptOutcomes(_KEPT / f"{module}.jsonl", source + "".join(texts))
    waiting = [mutant for mutant in mutants if kept.killed(mutant.source) is None]
    if waiting:
        plain = plain_outcome(mutated)
        if not plain.passed:
            raise click.ClickException(f"the tests of {module} fail without a mutant: {tests}")
        trials = [
            Trial(mutant.source, mutant.line, kept.killer(mutant.source)) for mutant in waiting
        ]
        for index, found in run_trials(mutated, trials, plain, workers):
            kept.keep(waiting[index].source, not found.passed, found.killer)
    assert all(kept.killed(mutant.source) is not None for mutant in mutants)
    survivors = [mutant.change for mutant in mutants if not kept.killed(mutant.source)]
    return survivors, len(mutants)


def _sampled(mutants: list[Mutant], size: int) -> list[Mutant]:
    if not 0 < size < len(mutants):
        return mutants
    chosen = random.Random(0).sample(range(len(mutants)), size)
    return [mutants[index] for index in sorted(chosen)]


if __name__ == "__main__":
    main()
