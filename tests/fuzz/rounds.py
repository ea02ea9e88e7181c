"""Rounds of cases: a number repeats one, and Hypothesis shrinks what fails.

``python -m tests.fuzz.rounds TARGET ROUND`` repeats a round; with a number of seconds after it the
rounds go on for that time.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from random import Random

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

TARGETS = ("bindings", "tables", "model_files", "saved_models", "journals")

CASES_IN_A_ROUND = 100


def case_of(target: str) -> Callable[[Random], str]:
    """Return the function that makes one case and says what came of it."""
    return import_module(f"tests.fuzz.{target}").case


def run_round(target: str, number: int, cases: int = CASES_IN_A_ROUND) -> Counter[str]:
    """Run the cases of a round; return how often each came out how."""
    outcomes: Counter[str] = Counter()
    case = case_of(target)

    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        derandomize=False,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def one(draw: Random) -> None:
        outcome = case(draw)
        assert not outcome.startswith("refused without"), outcome
        outcomes[outcome] += 1

    one()
    return outcomes


def main(target: str, number: str, seconds: str = "0") -> None:
    """Run rounds until the time is up, and say which one it is before each."""
    end = time.monotonic() + float(seconds)
    total: Counter[str] = Counter()
    current = int(number)
    while True:
        print(f"{target}: round {current}", file=sys.stderr, flush=True)
        total += run_round(target, current)
        current += 1
        if time.monotonic() >= end:
            break
    print(f"{target}: {total.total():,} cases: {dict(total.most_common())}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
