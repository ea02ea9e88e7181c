"""Wall time of a call, and the lines by which a worker tells whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

__all__ = ["ANSWER", "DONE", "START", "Timer", "answer"]

START = "start"
DONE = "done"
"""Lines on stdout around each timed call."""

ANSWER = "answer"
"""First word of a line that ends a request."""

T = TypeVar("T")


@dataclass(frozen=True)
class Timer:
    """Runs a call a few times and keeps the shortest time.

    Attributes
    ----------
    repeats : int
        Runs at most.
    patience : float
        Seconds after which no further run begins.
    announced : bool
        Whether each run is announced on stdout.
    """

    repeats: int = 3
    patience: float = 20.0
    announced: bool = True

    def __call__(self, call: Callable[[], T]) -> tuple[T, float]:
        """Return what the last run returned, and the seconds of the fastest."""
        spent: list[float] = []
        while True:
            self._announce(START)
            began = perf_counter()
            result = call()
            spent.append(perf_counter() - began)
            self._announce(DONE)
            if len(spent) == self.repeats or sum(spent) > self.patience:
                return result, min(spent)

    def _announce(self, word: str) -> None:
        if self.announced:
            print(word, flush=True)


def answer(text: str) -> None:
    """Print the line that ends a request."""
    print(ANSWER, text, flush=True)
