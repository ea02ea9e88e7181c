from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest
from benchmarks.dropout import __main__ as command
from benchmarks.dropout.catalogue import ROWS, Row, by_name
from benchmarks.dropout.pairs import Pair, Ratio, compare
from benchmarks.dropout.results import Results
from rich.console import Console


class Clock:
    """Time that passes only where a call says so."""

    def __init__(self):
        self.now = 0.0
        self.calls = []

    def __call__(self):
        return self.now

    def taking(self, name, seconds):
        def call():
            self.calls.append(name)
            self.now += seconds

        return call


def text_of(results):
    console = Console(width=200, file=StringIO())
    console.print(results.render())
    return console.file.getvalue()


def test_ratio_is_ours_over_theirs():
    clock = Clock()
    pair = Pair(clock.taking("ours", 1.0), clock.taking("theirs", 4.0))
    assert compare(pair, 11, clock=clock) == Ratio(0.25, 1.0, 4.0, 11)


def test_sides_take_turns_after_a_warm_up():
    clock = Clock()
    compare(Pair(clock.taking("a", 1.0), clock.taking("b", 1.0)), 3, clock=clock)
    assert "".join(clock.calls) == "aaabbb" + "ab" + "abbaab"


def test_short_calls_are_repeated():
    clock = Clock()
    compare(Pair(clock.taking("a", 0.25), clock.taking("b", 1.0)), 1, least=1.0, clock=clock)
    assert "".join(clock.calls) == "aaabbb" + "ab" + "aaaab"


def test_rows_differ_and_have_a_file():
    assert len({row.name for row in ROWS}) == len(ROWS)
    folder = Path(command.__file__).parent
    assert all((folder / f"{row.module}.py").exists() for row in ROWS)
    with pytest.raises(KeyError, match="no row 'x'"):
        by_name("x")


def test_missing_environment_skips_with_a_reason():
    ratio, libraries = command.measure(ROWS[-1], "/nowhere/python", 1)
    assert ratio.reason.startswith(f"skipped: no environment with {ROWS[-1].backend}")
    assert libraries == {}


def test_failure_is_a_reason_and_no_crash():
    unknown = Row("none", "none", "jax", "none")
    ratio, _ = command.measure(unknown, sys.executable, 1)
    assert ratio.value is None
    assert "no row 'none'" in ratio.reason


def test_table_names_ratio_goal_machine_and_reason():
    results = Results({"processor": "one"}, {"keras": "3"}, {ROWS[0].name: Ratio(0.5, 1, 2, 10)})
    results.rows[ROWS[1].name] = Ratio(reason="failed: out of memory")
    text = text_of(results)
    for part in (ROWS[0].title, "0.50", "1.05", "processor: one", "keras 3", "out of memory"):
        assert part in text


def test_results_survive_the_disk(tmp_path):
    file = tmp_path / "results.json"
    results = Results({"a": "b"}, {"c": "d"}, {"e": Ratio(1.0, 2.0, 2.0, 10)})
    results.write(file)
    assert Results.read(file) == results
    assert Results.read(tmp_path / "none.json") == Results()
