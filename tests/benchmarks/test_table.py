from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from benchmarks.cases import CASES, QUICK, by_name
from benchmarks.comparison import compare
from benchmarks.picture import draw
from benchmarks.results import Measured, OwnCost, Results, Timing
from benchmarks.small_fits import SMALL
from benchmarks.table import render
from rich.console import Console

CASE = CASES[0]


def measured(path, cv=None, **more):
    return Measured(Timing(path), cv or Timing(path * 10), 1e-6, **{"gap": 1e-7, **more})


def results_of(**solvers):
    return Results(
        machine={"processor": "one"},
        libraries={"bridle": {"version": "1", "blas": []}},
        cases={CASE.name: solvers},
        own={"syrk": OwnCost(1.5, 2.0, True, "1.5 s over 1 s")},
        small={SMALL[0].name: OwnCost(0.75, 1.0, True, "3 ms over 4 ms of ElasticNet")},
    )


def text_of(results):
    console = Console(width=200, file=StringIO())
    console.print(render(results))
    return console.file.getvalue()


def test_ratio_is_ours_over_the_fastest():
    path, cv = compare(results_of(bridle=measured(1.0), glmnet=measured(2.0), adelie=measured(4.0)))
    assert (path.fastest, path.ratio, path.met) == ("glmnet", 0.5, True)
    assert (cv.fastest, cv.ratio, cv.met) == ("glmnet", 0.5, False)
    assert not path.bound


def test_stopped_rival_counts_only_where_all_were_stopped():
    stopped = Measured(Timing(20.0, stopped=True), Timing(reason="no path: stopped"))
    row = compare(results_of(bridle=measured(1.0), glum=stopped, adelie=measured(30.0)))[0]
    assert (row.fastest, row.bound) == ("adelie", False)
    row = compare(results_of(bridle=measured(1.0), glum=stopped))[0]
    assert (row.ratio, row.bound) == (0.05, True)
    assert "<0.05" in text_of(results_of(bridle=measured(1.0), glum=stopped))


@pytest.mark.parametrize("gaps", [{"gap": 2e-6}, {"fold_gap": 2e-6}])
def test_path_that_is_not_near_enough_is_marked(gaps):
    results = results_of(bridle=measured(1.0), celer=measured(1.234, **gaps))
    assert compare(results)[0].doubtful == ("celer",)
    assert "1.23*" in text_of(results)


def test_small_fits_are_shown_and_kept(tmp_path):
    results = results_of(bridle=measured(1.0))
    results.write(tmp_path / "results.json")
    held = Results.read(tmp_path / "results.json")
    assert held.small == results.small
    assert "squared elastic net, 100 x 10" in text_of(held)
    assert "3 ms over 4 ms of ElasticNet" in text_of(held)


def test_failure_of_ours_is_shown_and_no_crash():
    failed = Measured(Timing(reason="failed: sparse"), Timing(reason="failed: sparse"))
    results = results_of(bridle=failed, glmnet=measured(1.0))
    assert compare(results)[0].ratio is None
    assert "bridle: failed: sparse" in text_of(results)


def test_table_names_machine_library_and_own_costs():
    text = text_of(results_of(bridle=measured(1.0)))
    for part in ("processor: one", "bridle 1 (no BLAS)", "1.5 s over 1 s", CASE.title):
        assert part in text


def test_results_survive_the_disk(tmp_path):
    file = tmp_path / "results.json"
    results = results_of(bridle=measured(1.0), glum=Measured(Timing(2, stopped=True), Timing()))
    results.write(file)
    assert Results.read(file) == results
    assert Results.read(tmp_path / "none.json") == Results()


def test_picture_is_drawn(tmp_path):
    solvers = {"bridle": measured(1.0), "glum": Measured(Timing(20, stopped=True), Timing())}
    results = results_of(**solvers, glmnet=measured(3.0))
    draw(results, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 10_000


def test_names_of_cases_differ():
    assert len({case.name for case in CASES}) == len({case.title for case in CASES}) == len(CASES)
    assert by_name(CASE.name) is CASE
    assert {case.loss for case in CASES} - {"logistic", "poisson"} == {case.loss for case in QUICK}
    assert all(by_name(case.name) == case for case in QUICK)
    assert replace(CASE, dtype="float32").name.endswith("-float32")
    with pytest.raises(KeyError, match="no case 'x'"):
        by_name("x")
