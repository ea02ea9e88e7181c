"""`TrainingTime`: seconds of a training that grow with its epochs, without the time to start it."""

from __future__ import annotations

import threading
import time

from bridle.networks.engine.job import Job

__all__ = ["TrainingTime"]


class TrainingTime:
    """Seconds during which some job was between the ends of its first and its last epoch.

    The first epoch includes loading a backend and compiling, which may take longer than all that
    follows, and take no longer for more epochs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[str, tuple[float, float]] = {}

    def advance(self, job: Job) -> None:
        """Note the end of an epoch of a job, from any thread."""
        now = time.monotonic()
        with self._lock:
            first, _ = self._ends.get(job.name, (now, now))
            self._ends[job.name] = (first, now)

    def seconds(self) -> float:
        """Return the length of the union of the jobs' intervals."""
        total, until = 0.0, float("-inf")
        for first, last in sorted(self._ends.values()):
            total += max(0.0, last - max(first, until))
            until = max(until, last)
        return total
