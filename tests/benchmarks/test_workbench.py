from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from benchmarks.workbench import __main__ as command
from benchmarks.workbench.catalogue import ROWS, by_name
from benchmarks.workbench.results import Results, Time
from rich.console import Console


def text_of(results):
    console = Console(width=200, file=StringIO())
    console.print(results.render())
    return console.file.getvalue()


def test_rows_differ_and_have_a_file():
    assert len({row.name for row in ROWS}) == len(ROWS)
    folder = Path(command.__file__).parent
    assert all((folder / f"{row.module}.py").exists() for row in ROWS)
    with pytest.raises(KeyError, match="no row 'none'"):
        by_name("none")


def test_ratio_is_ours_over_theirs():
    assert Time(1.0, 4.0).ratio == 0.25
    assert Time(1.0).ratio is None


def test_table_shows_ratios_seconds_and_reasons(tmp_path):
    rows = {"recipe": Time(1.0, 10.0), "compare-cold": Time(7.5), "run-fresh": Time(reason="lost")}
    results = Results({"machine": "two cores"}, {"keras": "3"}, rows)
    results.write(tmp_path / "a" / "results.json")
    assert Results.read(tmp_path / "a" / "results.json") == results
    text = text_of(results)
    assert "0.100" in text
    assert "7.5 s" in text
    assert "- run-fresh: lost" in text
    assert Results.read(tmp_path / "none.json") == Results()


def test_failure_of_a_worker_is_a_reason(monkeypatch):
    monkeypatch.setattr(command.sys, "executable", "no-such-python")
    time, libraries = command.measure("recipe")
    assert time.reason.startswith("failed: ")
    assert libraries == {}
