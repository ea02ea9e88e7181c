"""Order of the tests of a mutant: those that run its lines first, the fastest first."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from time import process_time
from types import FrameType
from typing import Any

import pytest

__all__ = ["Recorder", "run_in_order"]


def run_in_order(session: pytest.Session, first: tuple[str, ...]) -> bool:
    """Run tests, some of them first, until one fails; return whether all passed."""
    places = {name: place for place, name in enumerate(first)}
    items = sorted(session.items, key=lambda item: places.get(item.nodeid, len(places)))
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return False
    return True


class Recorder:
    """Notes the test that fails and, given a file, the lines of it that run.

    Parameters
    ----------
    path : str
        Of the file; empty to note no lines.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._killer = ""
        self._early: set[int] = set()
        self._now = self._early
        self._lines: defaultdict[str, set[int]] = defaultdict(set)
        self._seconds: dict[str, float] = {}
        if path:
            sys.settrace(self._call)

    def noted(self) -> dict[str, Any]:
        """Return the last three attributes of an `Outcome`."""
        fastest = sorted(self._seconds, key=self._seconds.__getitem__)
        lines = {test: sorted(self._lines[test]) for test in fastest}
        return {"killer": self._killer, "early": sorted(self._early), "lines": lines}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed:
            self._killer = report.nodeid

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note what a test runs."""
        self._now = self._lines[item.nodeid]
        start = process_time()
        try:
            return (yield)
        finally:
            self._seconds[item.nodeid] = process_time() - start

    def _call(self, frame: FrameType, event: str, argument: object) -> Any:
        return self._line if frame.f_code.co_filename == self._path else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Any:
        self._now.add(frame.f_lineno)
        return self._line
