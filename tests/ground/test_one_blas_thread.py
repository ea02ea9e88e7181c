"""Laws: small calls of BLAS run on one thread, and everybody else's number of threads stays."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from bridle import elastic_net_path
from bridle.threads.one_blas_thread import one_blas_thread
from bridle.threads.workers import Workers

SMALL, LARGE = 100, 10**6
OUTSIDE = 3


@pytest.fixture(autouse=True)
def three_threads():
    with threadpool_limits(OUTSIDE, user_api="blas"):
        yield


def threads():
    """Return the numbers of threads of all libraries with BLAS; each is the same."""
    found = {
        one.num_threads for one in ThreadpoolController().lib_controllers if one.user_api == "blas"
    }
    (number,) = found
    return number


def test_a_small_call_has_one_thread_and_a_large_one_all():
    with one_blas_thread(SMALL):
        assert threads() == 1
    assert threads() == OUTSIDE
    with one_blas_thread(LARGE):
        assert threads() == OUTSIDE


def test_blocks_in_blocks_end_with_the_last():
    with one_blas_thread(SMALL):
        with one_blas_thread(SMALL):
            assert threads() == 1
        assert threads() == 1
    assert threads() == OUTSIDE


def test_an_error_ends_the_block():
    with pytest.raises(ZeroDivisionError), one_blas_thread(SMALL):
        raise ZeroDivisionError
    assert threads() == OUTSIDE


@pytest.mark.fault(48)
def test_another_thread_neither_limits_nor_ends_a_limit():
    """OpenBLAS ignores what it sets, so a limit that it was to end would last."""
    inside, may_end = threading.Event(), threading.Event()
    seen = []

    def other():
        with one_blas_thread(SMALL):
            seen.append(threads())
            inside.set()
            may_end.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    with one_blas_thread(SMALL):
        may_end.set()
        thread.join()
        assert threads() == 1
    assert seen == [OUTSIDE]
    assert threads() == OUTSIDE


def test_tasks_of_workers_start_no_threads_of_their_own():
    """With two, a path of 50 x 60 with one worker took 10.4 seconds of processors instead of 2.5."""
    with Workers(2) as workers:
        assert workers.map(lambda _: threads(), range(4)) == [1] * 4
        assert threads() == OUTSIDE


@pytest.mark.filterwarnings("ignore:os.fork")
@pytest.mark.skipif(os.name != "posix", reason="needs a fork")
@pytest.mark.fault(46)
def test_a_child_that_another_thread_forks_is_not_limited():
    codes = []

    def fork():
        pid = os.fork()
        if pid == 0:
            os._exit(threads())
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    with one_blas_thread(SMALL):
        thread = threading.Thread(target=fork)
        thread.start()
        thread.join()
    assert codes == [OUTSIDE]


@pytest.mark.fault(48)
def test_systems_of_a_fit_have_one_thread(monkeypatch):
    """With two, a fit of 45 x 58 and three classes took fifteen seconds instead of a third of one."""
    seen = []
    for name in ("svd", "eigh", "qr"):
        call = getattr(np.linalg, name)

        def watched(*args, call=call, **kwargs):
            seen.append(threads())
            return call(*args, **kwargs)

        monkeypatch.setattr(np.linalg, name, watched)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 40))
    y = np.arange(30) % 3
    with pytest.warns(UserWarning, match="separate the classes"):
        elastic_net_path(X, y, loss="multinomial", alphas=[0.1, 0.0], n_jobs=1)
    assert set(seen) == {1}
    assert threads() == OUTSIDE
