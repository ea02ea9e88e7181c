"""Laws of the tables of ratios, whichever they are."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from benchmarks.dropout.catalogue import BENCH as DROPOUT
from benchmarks.scaffold.bench import Row
from benchmarks.scaffold.command import command_of, measure
from benchmarks.scaffold.figures import Figures
from benchmarks.scaffold.results import Results
from benchmarks.scale.catalogue import BENCH as SCALE
from benchmarks.torch.catalogue import BENCH as TORCH
from benchmarks.workbench.catalogue import BENCH as WORKBENCH
from rich.console import Console

import benchmarks

HOME = Path(benchmarks.__file__).parent
BENCHES = {one.name: one for one in (DROPOUT, WORKBENCH, SCALE, TORCH)}


@pytest.fixture(params=BENCHES)
def bench(request):
    return BENCHES[request.param]


def text_of(results, bench):
    console = Console(width=200, file=StringIO())
    console.print(results.render(bench))
    return console.file.getvalue()


def test_rows_differ_and_have_a_file(bench):
    assert len({row.name for row in bench.rows}) == len(bench.rows)
    assert all((HOME / bench.name / f"{row.module}.py").exists() for row in bench.rows)
    assert (HOME / bench.name / "measure.py").exists()
    assert {*bench.quick} <= {row.name for row in bench.rows}
    with pytest.raises(KeyError, match="no row 'x'"):
        bench.row("x")


def test_ratio_is_ours_over_theirs():
    assert Figures(1.0, 4.0).ratio == 0.25
    assert Figures(1.0, 4.0, 0.3).ratio == 0.3  # the median of ratios, where there is one
    assert Figures(1.0).ratio is None


def test_missing_environment_skips_with_a_reason(bench):
    row = bench.rows[-1]
    figures, libraries = measure(bench, row, "/nowhere/python", 1)
    assert figures.reason.startswith(f"skipped: no environment with {row.backend}")
    assert libraries == {}


def test_failure_is_a_reason_and_no_crash(bench):
    figures, _ = measure(bench, Row("none", "none", "none"), sys.executable, 1)
    assert figures.ratio is None
    assert "no row 'none'" in figures.reason


def test_table_names_ratio_goal_machine_and_reason(bench):
    first, second = bench.rows[:2]
    rows = {first.name: Figures(1, 2, 0.5), second.name: Figures(reason="failed: out of memory")}
    text = text_of(Results({"processor": "one"}, {"keras": "3"}, rows), bench)
    goal = f"{first.goal:.2f}"
    for part in (first.title, "0.50", goal, "processor: one", "keras 3", "out of memory"):
        assert part in text


def test_seconds_are_judged_where_there_is_nobody_else():
    text = text_of(Results({}, {}, {"compare-cold": Figures(7.5)}), WORKBENCH)
    (line,) = (line for line in text.splitlines() if "no cache of programs" in line)
    assert [part.strip() for part in line.split("│")[2:6]] == ["-", "20 s", "7.5 s", "-"]


def test_results_survive_the_disk(tmp_path):
    file = tmp_path / "a" / "results.json"
    results = Results({"a": "b"}, {"c": "d"}, {"e": Figures(2.0, 2.0, 1.0, 10)})
    results.write(file)
    assert Results.read(file) == results
    assert Results.read(tmp_path / "none.json") == Results()


def test_figures_that_are_kept_are_of_rows(bench):
    kept = json.loads((HOME / f"{bench.name}_results.json").read_text())
    assert {*kept["rows"]} <= {row.name for row in bench.rows}
    assert Results.read(HOME / f"{bench.name}_results.json").rows


def test_command_draws_what_the_file_holds(bench, capsys):
    command_of(bench).main(["--render"], standalone_mode=False)
    assert bench.rows[0].title[:20] in capsys.readouterr().out
