"""Memory that cannot be had is a MemoryError that says how much, and leaves everything as it was."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    _core,
)
from bridle.threads.waiting import wait_for
from bridle.threads.workers import Workers

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc and RLIMIT_AS")


@pytest.mark.fault(42)
def test_a_kernel_names_the_bytes_and_what_they_are_for():
    nothing, many = np.empty((0, 3)), 1 << 40
    with pytest.raises(MemoryError, match=r"allocate \d{15} bytes for the products of a group"):
        _core.products(nothing, np.empty(0, int), np.empty((0, many)), np.empty((0, many)))


def test_sizes_that_overflow_are_named_as_well():
    size = 1 << 20
    gram = np.lib.stride_tricks.as_strided(np.zeros(size), (size, size), (0, 8))
    line = np.zeros(size)
    with pytest.raises(MemoryError, match=r"allocate 8796093022208 bytes for the factor of a Gram"):
        _core.gram_path(
            gram, line[None, :], np.ones(1), _core.Features(line, line, line),
            _core.Grid(np.ones(1), np.ones(1)), _core.Precision(0.0, 0.0, 0.0, 1),
            line[None, :].copy(),
        )  # fmt: skip


LIMITED = """
import resource, threading
import numpy as np
from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    _core,
)
from bridle.threads.waiting import wait_for
from bridle.threads.workers import Workers

def limit(megabytes):
    "Allow so much more memory than there is; None for any amount."
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = hard if megabytes is None else used + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
"""

KERNELS = """
m = 1 << 18
one, ones = np.ones((1, 1)), np.ones(m)
none = np.full(1, np.inf)
rows = 8 * m
line = np.full(rows, 1 / rows)
wide, long = np.ones((1, m)), np.asfortranarray(line[:, None])
sums = np.empty((m, 1)), np.empty((m, 1))
dual, eta, path_eta = np.empty((rows, 1)), np.ones((1, rows)), np.empty((1, rows))
worst = np.empty(m)
calls = {
    "screen": lambda: _core.screen(
        one, 0, 1, wide, _core.Screen(one, np.zeros((1, 1), np.uint8), np.ones(1), np.ones(1),
        np.array([0, m]), ones, np.ones(1), np.ones(1)), worst, one.copy()),
    "class_moments": lambda: _core.class_moments(
        one, 0, 1, np.zeros(1, int), np.ones(1), np.ones(1), *sums),
    "loss_pass": lambda: _core.loss_pass(
        _core.Rows("squared", True, line, line, line), eta, dual, 0, np.empty((4, 1))),
    "column_path": lambda: _core.column_path(
        long, _core.Columns(np.zeros(1, int), np.zeros(1), np.ones(1)),
        _core.Rows("squared", True, line, line, line), _core.Features(np.ones(1), -none, none),
        _core.Grid(np.ones(1), np.ones(1)), _core.Precision(1e-6, 0.0, 1e-4, 10),
        _core.Solutions(np.zeros((1, 1)), np.zeros(1), path_eta, np.empty(1))),
}
for name, call in calls.items():
    limit(16)
    try:
        call()
    except MemoryError as error:
        assert "Unable to allocate" in str(error) and "bytes for" in str(error), error
    else:
        raise AssertionError(name)
    limit(None)
    call()
print("done")
"""


@pytest.mark.fault(42)
@linux
def test_without_memory_every_kernel_names_the_bytes_and_runs_once_there_is_some():
    done = subprocess.run(
        [sys.executable, "-c", LIMITED + KERNELS],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


class Allocations:
    """Arrays as NumPy gives them, but for one that cannot be had."""

    def __init__(self, monkeypatch, failing=0):
        self.count, self.failing = 0, failing
        for name in ("empty", "zeros", "ones", "full"):
            monkeypatch.setattr(np, name, self.counted(getattr(np, name)))

    def counted(self, make):
        def allocate(*args, **options):
            self.count += 1
            if self.count == self.failing:
                raise MemoryError("Unable to allocate 8.00 EiB for an array")
            return make(*args, **options)

        return allocate


WAYS = {
    "fit": lambda: (ElasticNet(alpha=0.1), False),
    "classes": lambda: (ElasticNetClassifier(alpha=0.1), True),
    "folds": lambda: (ElasticNetCV(alphas=3, cv=2, n_jobs=2), False),
    "folds of classes": lambda: (ElasticNetClassifierCV(alphas=3, cv=2, n_jobs=2), True),
}


@pytest.mark.fault(42)
@pytest.mark.parametrize("way", WAYS)
def test_an_array_that_cannot_be_had_ends_a_fit_and_leaves_nothing(way, monkeypatch):
    model, classes = WAYS[way]()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 60))
    y = X[:, 0] > 0 if classes else X[:, 0] + rng.normal(size=40)
    with monkeypatch.context() as patch:
        counted = Allocations(patch)
        expected = model.fit(X, y).coef_
    threads = threading.active_count()
    failed = 0
    for failing in range(1, counted.count, 1 + counted.count // 12):
        failed += 1
        with monkeypatch.context() as patch:
            Allocations(patch, failing)
            with pytest.raises(MemoryError, match="Unable to allocate"):
                model.fit(X, y)
        assert not hasattr(model, "coef_")
        assert threading.active_count() == threads
    assert failed >= 6
    np.testing.assert_array_equal(model.fit(X, y).coef_, expected)


@pytest.mark.fault(42)
def test_a_thread_that_cannot_be_had_is_a_lack_of_memory(monkeypatch):
    def start(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(MemoryError, match="stack of a thread"), Workers(2) as workers:
        workers.map(abs, [1])
    with pytest.raises(MemoryError, match="stack of a thread"):
        wait_for(1 << 40, abs, 1)
