"""Faults of the disk: the Nth write, fsync or rename finds no space."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Steps:
    """What was done on the disk, in its order, and which step failed."""

    n: int
    done: list[str] = field(default_factory=list)
    failed: str | None = None

    def take(self, step: str) -> None:
        self.done.append(step)
        if len(self.done) == self.n:
            self.failed = step
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class _Full:
    """A file of which half a write arrives where it fails."""

    def __init__(self, file, steps):
        self._file, self._steps = file, steps

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    def write(self, content):
        try:
            self._steps.take("write")
        except OSError:
            self._file.write(content[: len(content) // 2])
            raise
        return self._file.write(content)


@contextmanager
def fault(n: int) -> Iterator[Steps]:
    """Let step number n fail, from 1; none for 0."""
    steps = Steps(n)
    open_path = Path.open

    def traced_open(path, mode="r", *arguments, **named):
        file = open_path(path, mode, *arguments, **named)
        return file if mode.startswith("r") else _Full(file, steps)

    def traced(name):
        real = getattr(os, name)

        def call(*arguments, **named):
            steps.take(name)
            return real(*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", traced_open)
        for name in ("write", "fsync", "replace"):
            patch.setattr(os, name, traced(name))
        yield steps


def raises_no_space(call: Callable[[], object]) -> bool:
    """Whether a call found no space on the disk."""
    try:
        call()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return True
    return False
