"""One run more of a program that is compiled."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from benchmarks.workbench.work import RECIPE, fresh_network, seconds_of_fit, seconds_of_jobs

__all__ = ["measure"]

ROUNDS = 5


def measure(other: str) -> tuple[float, float]:
    """Return our seconds and theirs, medians of sides that take turns.

    Parameters
    ----------
    other : {"fresh", "reused"}
    """
    jobs = [RECIPE.job(0.5, seed) for seed in range(ROUNDS + 1)]
    seconds_of_jobs(jobs[:1])
    kept = fresh_network(RECIPE, 0.5, 0)
    seconds_of_fit(kept, RECIPE)
    ours, theirs = [], []
    for seed in range(ROUNDS):
        ours.append(seconds_of_jobs(jobs[seed + 1 :][:1]))
        began = perf_counter()
        seconds_of_fit(kept if other == "reused" else fresh_network(RECIPE, 0.5, seed), RECIPE)
        theirs.append(perf_counter() - began)
    return median(ours), median(theirs)
