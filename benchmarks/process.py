"""Starts workers, asks them, and stops those that take too long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryFile
from threading import Thread
from time import monotonic
from typing import IO, Self

from benchmarks.timing import ANSWER, DONE, START

__all__ = ["Failed", "Stopped", "Worker", "Workers"]

_ROOT = Path(__file__).parents[1]
_SETUP = 900.0
"""Seconds to import, read and compile, or to write: what is not timed."""


class Stopped(Exception):  # noqa: N818
    """A timed call took longer than its limit."""


class Failed(Exception):  # noqa: N818
    """A worker ended without an answer; the message is the last line that it wrote."""


class Worker:
    """A process that answers requests; it ends with the ``with`` block, and with what it started.

    Parameters
    ----------
    command : list of str

    Raises
    ------
    Failed
        Where there is no such program.
    """

    def __init__(self, command: list[str]) -> None:
        self._errors: IO[str] = TemporaryFile("w+")  # noqa: SIM115 - closed on exit
        self._lines: Queue[str | None] = Queue()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                cwd=_ROOT,
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise Failed(str(error)) from error
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, request: str, limit: float) -> str:
        """Send a line and return the answer; the limit is that of `answer`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{request}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(self._last_error()) from None
        return self.answer(limit)

    def answer(self, limit: float) -> str:
        """Return the next answer.

        Parameters
        ----------
        limit : float
            Seconds for each timed call: the clock runs from "start" to "done".

        Raises
        ------
        Stopped
        Failed
        """
        deadline = monotonic() + _SETUP
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - monotonic()))
            except Empty:
                raise Stopped from None
            if line is None:
                self._process.wait()
                raise Failed(self._last_error())
            word, _, rest = line.strip().partition(" ")
            if word == ANSWER:
                return rest
            if word in (START, DONE):
                deadline = monotonic() + (limit if word == START else _SETUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            # What the worker started shares its session.
            os.killpg(self._process.pid, signal.SIGKILL)
        self._reader.join()
        self._process.communicate()
        self._errors.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _last_error(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"


@dataclass(frozen=True)
class Workers:
    """Where workers come from.

    Attributes
    ----------
    interpreters : dict of str to str
        The Python of each solver that does not run under this one.
    """

    interpreters: dict[str, str] = field(default_factory=dict)

    def start(self, solver: str, *arguments: str, module: str = "benchmarks.worker") -> Worker:
        """Start a module in the solver's Python."""
        python = self.interpreters.get(solver, sys.executable)
        return Worker([python, "-m", module, *arguments])
