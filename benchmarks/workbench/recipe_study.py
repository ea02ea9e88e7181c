"""The recipe's study from nothing: build, compile, train twenty runs."""

from __future__ import annotations

from time import perf_counter

import jax

from benchmarks.workbench.work import RECIPE, fresh_network, seconds_of_fit, seconds_of_jobs
from bridle.networks.template.networks import recipe_template

__all__ = ["measure"]

RUNS = [(rate, seed) for seed in range(10) for rate in (0.0, 0.5)]


def measure() -> tuple[float, float]:
    """Return our seconds and theirs."""
    jax.clear_caches()
    recipe_template.cache_clear()
    began = perf_counter()
    jobs = [RECIPE.job(*run) for run in RUNS]
    seconds_of_jobs(jobs)
    ours = perf_counter() - began
    began = perf_counter()
    for run in RUNS:
        seconds_of_fit(fresh_network(RECIPE, *run), RECIPE)
    return ours, perf_counter() - began
