"""Seven rates, five seeds, on a network with two wide layers."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import jax

from benchmarks.workbench.work import WIDE, fresh_network, seconds_of_fit, seconds_of_jobs
from bridle.networks.template.networks import recipe_template

__all__ = ["measure"]

RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
SEEDS = range(5)


def measure(other: str) -> tuple[float, float]:
    """Return our seconds and theirs.

    Parameters
    ----------
    other : {"fresh", "reused"}
        Whether the other side compiles for every run, or once for every rate.
    """
    jax.clear_caches()
    recipe_template.cache_clear()
    began = perf_counter()
    seconds_of_jobs([WIDE.job(rate, seed) for seed in SEEDS for rate in RATES])
    ours = perf_counter() - began
    began = perf_counter()
    for rate in RATES:
        network: Any = None
        for seed in SEEDS:
            if network is None or other == "fresh":
                network = fresh_network(WIDE, rate, seed)
            seconds_of_fit(network, WIDE)
    return ours, perf_counter() - began
