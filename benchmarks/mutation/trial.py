"""Trial of a mutant: its tests, in a fork of a process that has imported all but bridle.

Cosmic Ray's own way starts an interpreter for each mutant, which takes longer than the tests.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import Phase, settings

__all__ = ["Outcome", "Trial", "run_trials"]

for _name in ("pandas", "scipy.optimize", "scipy.stats", "sklearn.linear_model"):
    import_module(_name)

_SLOWEST = 600
"""Seconds of processor time after which a trial counts as endless, unless told otherwise."""

_OPTIONS = ("-x", "-q", "--tb=no", "--assert=plain", "-pno:cacheprovider", "-pno:xdist")


@dataclass(frozen=True)
class Trial:
    """Tests of a module with a source of its own.

    Attributes
    ----------
    module : str
    path : Path
        Of its file.
    source : str
        What is imported instead of the file's content.
    tests : tuple of str
        Test files.
    seconds : int
        Processor time after which the trial ends.
    """

    module: str
    path: Path
    source: str
    tests: tuple[str, ...]
    seconds: int = _SLOWEST


@dataclass(frozen=True)
class Outcome:
    """What became of a trial: whether its tests passed, and the processor time that it took."""

    passed: bool
    seconds: float


def run_trials(trials: Sequence[Trial], workers: int) -> Iterator[tuple[int, Outcome]]:
    """Run trials side by side; yield the index of each and its outcome as they end."""
    assert "bridle" not in sys.modules, "what is imported already cannot be a mutant"
    waiting = list(enumerate(trials))[::-1]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            index, trial = waiting.pop()
            running[_start(trial)] = index
        pid, status, usage = os.wait4(-1, 0)
        yield running.pop(pid), Outcome(status == 0, usage.ru_utime + usage.ru_stime)


def _start(trial: Trial) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = _judge(trial)
    finally:
        os._exit(code)


def _judge(trial: Trial) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (trial.seconds, trial.seconds))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.meta_path.insert(0, _Finder(trial))
    return int(pytest.main([*_OPTIONS, *trial.tests], [_Unshrunk()]))


class _Unshrunk:
    """Keeps Hypothesis from shrinking an example that fails: one is enough."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        own = settings.get_profile("bridle")
        settings.register_profile("unshrunk", own, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("unshrunk")


class _Finder:
    """Finds the mutant where its module is imported."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self._trial.module:
            return None
        return spec_from_file_location(name, self._trial.path, loader=_Loader(self._trial))


class _Loader(SourceFileLoader):
    def __init__(self, trial: Trial) -> None:
        super().__init__(trial.module, str(trial.path))
        self._source = trial.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)
