"""Trials of mutants: their tests, in forks of a process that has imported all but bridle.

Cosmic Ray's own way starts an interpreter for each mutant, which takes longer than the tests.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from hypothesis import Phase, settings

from benchmarks.mutation.forks import Outcome, run_forks
from benchmarks.mutation.order import Recorder, run_in_order
from benchmarks.mutation.statement import replace_code, statement_lines

__all__ = ["Mutated", "Trial", "plain_outcome", "run_trials"]

for _name in ("pandas", "scipy.optimize", "scipy.stats", "sklearn.linear_model"):
    import_module(_name)

_SLOWEST = 3600
"""Seconds of processor time after which the unchanged code counts as endless."""

_OPTIONS = ("-q", "-s", "--tb=no", "--assert=plain", "-pno:cacheprovider", "-pno:xdist")


@dataclass(frozen=True)
class Mutated:
    """The module that is changed.

    Attributes
    ----------
    module : str
    path : Path
        Of its file.
    tests : tuple of str
        Test files.
    """

    module: str
    path: Path
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """A change of the module.

    Attributes
    ----------
    source : str
        All of the changed module.
    line : int
        Number of the first line that changed.
    first : tuple of str
        Tests that run before all others.
    """

    source: str
    line: int
    first: tuple[str, ...] = ()


def plain_outcome(mutated: Mutated) -> Outcome:
    """Run the tests of the unchanged module, and note which lines run."""

    def job() -> dict[str, Any]:
        return _judge(mutated, mutated.path.read_text("utf-8"), (), recorder=Recorder(path))

    path = str(mutated.path)
    ((_, outcome),) = run_forks([job], 1, _SLOWEST)
    return outcome


def run_trials(
    mutated: Mutated, trials: Sequence[Trial], plain: Outcome, workers: int
) -> Iterator[tuple[int, Outcome]]:
    """Run trials side by side; yield the index of each and its outcome as they end.

    A change of what only tests run is made where bridle is imported and the tests are collected; for
    any other, bridle is imported anew.
    """
    source = mutated.path.read_text("utf-8")
    seconds = math.ceil(5 + 3 * plain.seconds)
    late: dict[int, Trial] = {}
    anew: dict[int, Trial] = {}
    for index, trial in enumerate(trials):
        own = statement_lines(source, trial.line)
        running = [test for test, lines in plain.lines.items() if not own.isdisjoint(lines)]
        changed = replace(trial, first=(*trial.first, *running))
        (late if own and own.isdisjoint(plain.early) else anew)[index] = changed
    if late:
        yield from _run_late(mutated, late, workers, seconds)
    jobs = [partial(_judge, mutated, trial.source, trial.first) for trial in anew.values()]
    places = list(anew)
    for place, outcome in run_forks(jobs, workers, seconds):
        yield places[place], outcome


def _judge(
    mutated: Mutated, source: str, first: tuple[str, ...], recorder: Recorder | None = None
) -> dict[str, Any]:
    """Import a source in place of the module and run its tests."""
    assert "bridle" not in sys.modules, "what is imported already cannot be a mutant"
    sys.meta_path.insert(0, _Finder(mutated, source))
    recorder = recorder or Recorder("")
    loop = _Loop(mutated.module, lambda session: run_in_order(session, first))
    _run_pytest(mutated.tests, loop, recorder)
    return {"passed": loop.found is True, **recorder.noted()}


def _run_late(
    mutated: Mutated, trials: dict[int, Trial], workers: int, seconds: int
) -> Iterator[tuple[int, Outcome]]:
    """Try changes in forks of a process that has imported bridle and collected the tests."""
    source, places = mutated.path.read_text("utf-8"), list(trials)

    def judge(session: pytest.Session, recorder: Recorder, trial: Trial) -> dict[str, Any]:
        replace_code(str(mutated.path), source, trial.source)
        passed = run_in_order(session, trial.first)
        return {"passed": passed, **recorder.noted()}

    def nursery() -> None:
        recorder = Recorder("")

        def try_all(session: pytest.Session) -> bool:
            jobs = [partial(judge, session, recorder, trial) for trial in trials.values()]
            for place, outcome in run_forks(jobs, workers, seconds):
                os.write(end, json.dumps([places[place], asdict(outcome)]).encode() + b"\n")
            return True

        _run_pytest(mutated.tests, _Loop(mutated.module, try_all), recorder)

    start, end = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            nursery()
        finally:
            os._exit(0)
    os.close(end)
    with os.fdopen(start) as lines:
        for line in lines:
            index, noted = json.loads(line)
            yield index, Outcome(**noted)
    os.waitpid(pid, 0)


def _run_pytest(tests: tuple[str, ...], *plugins: object) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    pytest.main([*_OPTIONS, *tests], [_Unshrunk(), *plugins])


class _Loop:
    """Runs something in place of pytest's loop over the tests; keeps what it returns."""

    def __init__(self, module: str, run: Callable[[pytest.Session], bool]) -> None:
        self._module, self._run = module, run
        self.found: bool | None = None

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run it."""
        if not session.testsfailed:
            # A test that imports it would count as running all that its import runs.
            import_module(self._module)
            self.found = self._run(session)
        return True


class _Unshrunk:
    """Keeps Hypothesis from shrinking an example that fails: one is enough."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Set it so."""
        own = settings.get_profile("bridle")
        settings.register_profile("unshrunk", own, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("unshrunk")


class _Finder:
    """Finds the mutant where its module is imported."""

    def __init__(self, mutated: Mutated, source: str) -> None:
        self._mutated, self._source = mutated, source

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self._mutated.module:
            return None
        loader = _Loader(self._mutated, self._source)
        return spec_from_file_location(name, self._mutated.path, loader=loader)


class _Loader(SourceFileLoader):
    def __init__(self, mutated: Mutated, source: str) -> None:
        super().__init__(mutated.module, str(mutated.path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)
