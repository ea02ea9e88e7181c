"""One fit at a time on an estimator, whatever ends the fit before."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bridle.errors import ConcurrentFitError
from bridle.threads.one_fit import one_fit


@pytest.mark.fault(50)
def test_second_fit_is_refused_until_the_first_has_ended():
    estimator, other = object(), object()
    for error in (None, KeyError, KeyboardInterrupt):
        try:
            with one_fit(estimator), one_fit(other):
                for _ in range(2):  # a refusal does not end the fit that is under way
                    with pytest.raises(ConcurrentFitError, match="second fit of a object"):
                        one_fit(estimator).__enter__()
                if error is not None:
                    raise error
        except (KeyError, KeyboardInterrupt):
            pass


FORK = """
import os, sys, threading
from bridle.threads.one_fit import one_fit

estimator, started, end = object(), threading.Event(), threading.Event()

def fit():
    with one_fit(estimator):
        started.set()
        end.wait()

thread = threading.Thread(target=fit)
thread.start()
started.wait()
child = os.fork()
if child == 0:
    with one_fit(estimator):
        os._exit(0)
end.set()
thread.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.fault(50)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_child_of_a_fork_is_not_bound_by_threads_that_it_does_not_have():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], timeout=60, check=False)
    assert done.returncode == 0
