"""Jobs in forks of this process, side by side, each with what became of it."""

from __future__ import annotations

import json
import os
import resource
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

__all__ = ["Job", "Outcome", "run_forks"]

Job = Callable[[], dict[str, Any]]
"""What a fork does; it returns attributes of an `Outcome`."""


@dataclass(frozen=True)
class Outcome:
    """What became of the tests of a mutant.

    Attributes
    ----------
    seconds : float
        Processor time.
    passed : bool
        Whether all did; a fork that is ended from outside did not pass.
    killer : str
        The test that failed; empty if none did, or if the fork was ended.
    early : list of int
        Lines of the module that ran before the first test, if they were recorded.
    lines : dict of str to list of int
        Of each test, the fastest first, the lines of the module that it ran, if they were recorded.
    """

    seconds: float
    passed: bool = False
    killer: str = ""
    early: list[int] = field(default_factory=list)
    lines: dict[str, list[int]] = field(default_factory=dict)


def run_forks(jobs: Sequence[Job], workers: int, seconds: int) -> Iterator[tuple[int, Outcome]]:
    """Run jobs, each for some seconds of processor time at most; yield index and outcome as they end."""
    waiting = list(enumerate(jobs))[::-1]
    running: dict[int, tuple[int, IO[str]]] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            index, job = waiting.pop()
            told: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115
            running[_start(job, told, seconds)] = index, told
        pid, _, usage = os.wait4(-1, 0)
        index, told = running.pop(pid)
        with told:
            told.seek(0)
            noted = json.loads(told.read() or "{}")
        yield index, Outcome(usage.ru_utime + usage.ru_stime, **noted)


def _start(job: Job, told: IO[str], seconds: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        json.dump(job(), told)
        told.flush()
    finally:
        os._exit(0)
