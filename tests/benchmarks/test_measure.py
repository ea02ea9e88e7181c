from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.best_known import BestKnown
from benchmarks.cases import Case
from benchmarks.measure import Bench, prepare
from benchmarks.process import Failed, Stopped, Workers
from benchmarks.results import Measured, Timing
from benchmarks.solvers.base import Fit, Validation
from benchmarks.task import Task
from scipy import sparse

from bridle import elastic_net_path

SMALL = Case("small", 60, 20, "squared", (0.5, 0.5), 3, folds=3)
TOLERANCES = [1e-1, 1e-2, 1e-8]


class Pretence(Workers):
    """Workers without processes: bridle answers, in seconds that are made up."""

    def __init__(self, seconds=1.0):
        object.__setattr__(self, "seconds", seconds)
        object.__setattr__(self, "asked", [])

    def start(self, solver, *arguments, module="benchmarks.worker"):
        return PretendedWorker(self, solver, Task.load(Path(arguments[-1])))


class PretendedWorker:
    def __init__(self, workers, solver, task):
        self.workers, self.solver, self.task = workers, solver, task

    def ask(self, request, limit):
        action, tol, _, out = request.split(" ", 3)
        self.workers.asked.append((self.solver, action, float(tol)))
        if self.workers.seconds > limit:
            raise Stopped
        if action == "cv":
            Validation(np.ones(self.task.alphas.size), self.workers.seconds).save(Path(out))
            return
        path = elastic_net_path(self.task.X, self.task.y, alphas=self.task.alphas, tol=1e-12)
        # A fault of the size of the tolerance.
        coefs = sparse.csc_matrix(sparse.hstack(path.coefs)) * (1 + min(float(tol), 0.1))
        Fit(coefs, path.intercepts.ravel(), self.workers.seconds).save(Path(out))

    def __exit__(self, *_):
        pass


def bench_of(workers):
    return Bench(workers, 1, 10.0, True, lambda _: None)


@pytest.fixture
def best(tmp_path):
    return BestKnown.of(prepare(SMALL, tmp_path))


def facts_of(**more):
    return {"tolerances": TOLERANCES, "no_path": None, "no_cv": None, **more}


def test_loosest_tolerance_that_is_near_enough_serves_both(best):
    workers = Pretence()
    bench = bench_of(workers)
    bench.references(best)
    workers.asked.clear()
    measured, score = bench.measure("adelie", best, facts_of(), None)
    assert measured.tol == 1e-8
    assert measured.gap <= 1e-6
    assert measured.fold_gap <= 1e-6
    assert measured.path == measured.cv == Timing(1.0)
    assert score.size == 100
    searched = [tol for solver, _, tol in workers.asked if solver == "adelie"]
    assert searched[:4] == [*TOLERANCES, 1e-8]
    assert workers.asked[-1] == ("adelie", "cv", 1e-8)


def test_twenty_times_as_long_as_ours_is_stopped(best):
    bench = bench_of(Pretence(seconds=2.1))
    bench.references(best)
    ours = Measured(Timing(0.1), Timing(0.2))
    measured, _ = bench.measure("adelie", best, facts_of(), ours)
    assert measured.path == Timing(2.0, stopped=True)
    assert measured.cv == Timing(reason="no path: stopped")


def test_cross_validation_has_its_own_limit(best):
    bench = bench_of(Pretence(seconds=2.1))
    bench.references(best)
    ours = Measured(Timing(0.2), Timing(0.1))
    measured, score = bench.measure("adelie", best, facts_of(), ours)
    assert measured.path.ran
    assert measured.cv == Timing(2.0, stopped=True)
    assert score is None


def test_what_is_not_supported_carries_its_reason(best):
    bench = bench_of(Pretence())
    measured, _ = bench.measure("glum", best, facts_of(no_path="too large"), None)
    assert measured == Measured(Timing(reason="too large"), Timing(reason="too large"))
    measured, _ = bench.measure("celer", best, facts_of(no_cv="no folds"), None)
    assert measured.path.ran
    assert measured.cv == Timing(reason="no folds")


def test_no_tolerance_is_near_enough(best):
    bench = bench_of(Pretence())
    bench.references(best)
    measured, _ = bench.measure("adelie", best, facts_of(tolerances=[1e-1]), None)
    assert measured.tol is None
    assert "not within" in measured.path.reason


def test_best_known_is_the_lowest_of_all(best):
    task = best.task
    zero = Fit(sparse.csc_matrix((20, 100)), np.zeros(100), 1.0)
    path = elastic_net_path(task.X, task.y, alphas=task.alphas)
    near = Fit(sparse.csc_matrix(sparse.hstack(path.coefs)), path.intercepts.ravel(), 1.0)
    worse, better = best.judge(zero), best.judge(near)
    assert best.gap(better) == 0
    assert best.gap(worse) > 0.1
    broken = Fit(zero.coefs, np.full(100, np.nan), 1.0)
    assert best.gap(best.judge(broken)) == np.inf
    assert best.gap(better) == 0


@pytest.mark.parametrize("variant", [{}, {"order": "C"}, {"dtype": "float32"}, {"text": True}])
def test_task_survives_the_disk(tmp_path, variant):
    task = prepare(replace(SMALL, **variant), tmp_path)
    again = prepare(replace(SMALL, **variant), tmp_path)
    for part in ("y", "alphas", "folds"):
        np.testing.assert_array_equal(getattr(again, part), getattr(task, part))
    assert again.sparse == task.sparse == bool(variant.get("text"))
    if task.sparse:
        assert abs(again.X - task.X).max() == 0
    else:
        np.testing.assert_array_equal(again.X, task.X)
        assert again.X.dtype == task.X.dtype
        assert again.X.flags.c_contiguous == task.X.flags.c_contiguous


@pytest.mark.parametrize("shuffled", [False, True])
def test_folds_are_equal_parts(shuffled):
    dealt = replace(SMALL, shuffled=shuffled).deal()
    assert np.bincount(dealt).tolist() == [20, 20, 20]
    assert (np.diff(dealt) >= 0).all() != shuffled


def test_rows_that_train_have_unit_variance(best):
    part = best.task.training(1)
    assert part.X.shape == (40, 20)
    np.testing.assert_allclose([part.y.mean(), part.y.std()], [0, 1], atol=1e-12)


def test_missing_interpreter_and_failed_worker_are_told(tmp_path):
    workers = Workers({"adelie": str(tmp_path / "python")})
    with pytest.raises(Failed, match="No such file"):
        workers.start("adelie", "describe", "adelie", "x")
    with workers.start("bridle", "describe", "bridle", "x") as worker:
        with pytest.raises(Failed, match="no case"):
            worker.answer(5)
        with pytest.raises(Failed, match="no case"):
            worker.ask("path", 5)


def test_worker_answers_request_after_request(best):
    with Workers().start("bridle", "fit", "bridle", str(best.task.folder)) as worker:
        for tol in (1e-3, 1e-9):
            out = best.task.folder / f"{tol}.npz"
            assert worker.ask(f"path {tol} 1 {out}", 60) == str(out)
            best.judge(Fit.load(out))
        worker.ask(f"cv 1e-3 1 {out}", 60)
    assert Validation.load(out).score.shape == (100,)


def test_timed_call_is_stopped_with_all_that_it_started(tmp_path):
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > '{tmp_path}/pid'\necho start\nwait\n")
    script.chmod(0o755)
    with Workers({"adelie": str(script)}).start("adelie") as worker, pytest.raises(Stopped):
        worker.answer(0.2)
    process = int((tmp_path / "pid").read_text())
    # The kernel delivers the signal in its own time, later where every core is busy.
    patience = time.monotonic() + 30
    while running(process) and time.monotonic() < patience:
        time.sleep(0.01)
    assert not running(process)


def running(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    # Where no one has collected it yet, it is dead all the same.
    return state not in "ZX"
