"""Threads: as many as asked, none left over, stopped by Ctrl-C, no matter to forks or to each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    elastic_net_path,
)
from bridle.arguments.option_words import from_door, option
from bridle.elastic_net.data.given_rows import read_data
from bridle.errors import InputError
from bridle.threads.workers import Workers, count_threads


def data(n=60, p=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, X[:, :3].sum(axis=1) + rng.normal(size=n)


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_as_many_threads_as_asked(n_jobs):
    assert count_threads(n_jobs) == n_jobs


@pytest.mark.fault(48)
def test_none_is_every_processor_that_the_process_may_use():
    assert 1 <= count_threads(None) <= os.cpu_count()
    assert count_threads(-1) == count_threads(None)


@pytest.mark.parametrize("n_jobs", [0, 1.5, "2", True])
def test_other_numbers_of_threads_are_refused(n_jobs):
    with pytest.raises(InputError, match="n_jobs must be None or an integer"):
        elastic_net_path(*data(), n_jobs=n_jobs)


def test_no_thread_is_left_over():
    before = threading.active_count()
    ElasticNetCV(cv=3, n_jobs=2).fit(*data())
    assert threading.active_count() == before


def test_an_exception_in_the_block_sets_the_flag():
    workers = Workers(2)
    with pytest.raises(ZeroDivisionError), workers:
        workers.map(lambda number: 1 / number, [1, 0])
    assert workers.stop.is_set


def test_a_block_that_ends_well_leaves_the_flag_alone():
    with Workers(2) as workers:
        assert workers.map(abs, [-1, -2]) == [1, 2]
    assert not workers.stop.is_set


@pytest.mark.fault(50)
def test_fits_in_two_threads_do_not_disturb_each_other():
    sets = [data(seed=seed) for seed in range(4)]
    alone = [elastic_net_path(*one) for one in sets]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: elastic_net_path(*one), sets))
    for one, other in zip(alone, together, strict=True):
        assert (one.coefs[-1] != other.coefs[-1]).nnz == 0


ESTIMATORS = [ElasticNet, ElasticNetClassifier, ElasticNetCV, ElasticNetClassifierCV]


@pytest.mark.fault(50)
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_estimator_that_is_being_fitted_refuses_another_fit(kind, monkeypatch):
    X, y = data()
    y = y > 0 if "Classifier" in kind.__name__ else y
    # The first fit is held at its very start, with the second one in another thread.
    model, started, go_on = kind(), threading.Event(), threading.Event()

    def held(*arguments, **options):
        started.set()
        assert go_on.wait(60)
        return read_data(*arguments, **options)

    monkeypatch.setattr(sys.modules[kind.__module__], "read_data", held)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(model.fit, X, y)
        assert started.wait(60)
        with pytest.raises(
            RuntimeError, match=f"one thread at a time.*second fit of a {kind.__name__}"
        ):
            model.fit(X, y)
        other = clone(model)
        go_on.set()
        assert first.result() is model
    assert np.array_equal(other.fit(X, y).coef_, model.coef_)
    assert np.array_equal(model.fit(X, y).coef_, other.coef_)  # again, once it is free


FORK_AFTER_FIT = """
import os, sys
import numpy as np
from bridle import ElasticNetCV

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 200))
y = X[:, :3].sum(axis=1) + rng.normal(size=60)
expected = ElasticNetCV(cv=3, n_jobs=2).fit(X, y).coef_
child = os.fork()
if child == 0:
    found = ElasticNetCV(cv=3, n_jobs=2).fit(X, y).coef_
    os._exit(0 if np.array_equal(found, expected) else 7)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


# In a process of its own: where other tests have loaded JAX, its threads make forks unsafe.
@pytest.mark.fault(46)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_after_a_fit_can_fit():
    done = subprocess.run([sys.executable, "-c", FORK_AFTER_FIT], timeout=600, check=False)
    assert done.returncode == 0


LONG_FIT = """
import signal, sys, threading
import numpy as np
from sklearn.model_selection import KFold
from bridle import ElasticNetCV, ElasticNetClassifierCV

class Announcing(KFold):
    def split(self, X, y=None, groups=None):
        print("in the fit", flush=True)
        yield from super().split(X, y, groups)

signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
n, p = {shape}
X = np.asfortranarray(rng.normal(size=(n, p)))
signal_ = X[:, :50].sum(axis=1) + 5 * rng.normal(size=n)
y = signal_ if "{kind}" == "squared" else signal_ > 0
model = (ElasticNetCV if "{kind}" == "squared" else ElasticNetClassifierCV)(cv=Announcing(10))
before = threading.active_count()
try:
    while True:
        model.fit(X, y)
except KeyboardInterrupt:
    print("interrupted,", threading.active_count() - before, "threads left", flush=True)
"""


@pytest.mark.fault(41)
@pytest.mark.parametrize("kind", ["squared", "logistic"])
@pytest.mark.parametrize("shape", [(200, 4000), (20_000, 80)], ids=["wide", "tall"])
def test_interrupt_stops_a_fit_and_its_threads(kind, shape):
    script = LONG_FIT.format(kind=kind, shape=shape)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "in the fit\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0].endswith("interrupted, 0 threads left\n")


def test_little_work_is_done_by_the_thread_that_asks():
    with Workers(2) as workers:
        ask = lambda item: (item, threading.current_thread().name)  # noqa: E731
        assert workers.map(ask, [3, 1], 10) == [(3, "MainThread"), (1, "MainThread")]
        assert {name for _, name in workers.map(ask, range(8))} & {"MainThread"} == set()
        assert np.isinf(workers.map(lambda item: np.float64(1) / item, [np.float64(0)], 10)[0])


def test_threads_name_options_as_their_maker_does():
    with from_door(shell=True), Workers(2) as workers:
        assert set(workers.map(lambda _: option("strict"), range(4))) == {"--strict"}
        assert set(workers.in_turn(lambda _: option("strict"), range(4))) == {"--strict"}
    with Workers(2) as workers:
        assert set(workers.map(lambda _: option("strict"), range(4))) == {"strict"}
