"""Long calls are waited for: their results, their errors, and what ends the wait."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from bridle import _core
from bridle.threads.waiting import product, wait_for

LONG, SHORT = 1 << 40, 1
every_size = pytest.mark.parametrize("size", [LONG, SHORT], ids=["long", "short"])
variable = contextvars.ContextVar("variable", default=0)


@every_size
def test_results_errors_and_context_come_through(size):
    assert wait_for(size, divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        wait_for(size, divmod, 7, 0)
    token = variable.set(3)
    assert wait_for(size, variable.get) == 3
    variable.reset(token)


def test_a_short_call_is_made_where_it_is_asked_for_and_a_long_one_is_not():
    here = threading.get_ident()
    assert wait_for(SHORT, threading.get_ident) == here
    assert wait_for(LONG, threading.get_ident) != here


@pytest.mark.parametrize("shape", [(3000, 2), (3000,)])
def test_products_are_those_of_numpy_and_scipy(shape):
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(1500, 3000)), rng.normal(size=shape)
    np.testing.assert_array_equal(product(left, right), left @ right)
    np.testing.assert_allclose(product(sparse.csr_array(left), right), left @ right, atol=1e-9)


@pytest.mark.fault(41)
def test_an_interrupted_wait_ends_at_once_and_its_call_at_the_next_kernel():
    waiting, go, left = threading.Event(), threading.Event(), []

    def call():
        waiting.set()
        go.wait()
        try:
            _core.check()
        except _core.Interrupted as error:
            left.append(error)
            raise

    stop = _core.Stop()
    before = threading.active_count()
    with ThreadPoolExecutor(1, initializer=_core.watch, initargs=(stop,)) as pool:
        asked = pool.submit(wait_for, LONG, call)
        waiting.wait()
        stop.set()
        with pytest.raises(_core.Interrupted):
            asked.result(timeout=60)
    assert not left
    go.set()
    for one in threading.enumerate()[before:]:
        one.join(timeout=60)
    assert len(left) == 1
