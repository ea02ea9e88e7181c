"""As many threads as the process was given processors, and no more."""

from __future__ import annotations

import os

import pytest

from bridle.threads.processors import count_processors
from bridle.threads.workers import count_threads


@pytest.fixture
def whole(monkeypatch):
    """Return the number of processors where no variable says less."""
    for name in ("OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT"):
        monkeypatch.delenv(name, raising=False)
    return count_processors()


@pytest.mark.fault(48)
@pytest.mark.parametrize("given", ["1", " 1,4", "+8", "999999", "", "many", "0"])
def test_omp_num_threads_is_a_limit(given, whole, monkeypatch):
    """Where joblib runs fits in processes, it sets the variable to each one's part."""
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert count_processors() == (1 if given.strip().startswith("1") else whole)
    assert count_threads(None) == count_processors()


@pytest.mark.fault(48)
def test_variable_of_joblib_is_a_limit(whole, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert count_processors() == count_threads(None) == 1


@pytest.mark.fault(48)
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_processors_of_the_machine_that_the_process_may_not_use_do_not_count(whole):
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert count_processors() == count_threads(None) == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert count_processors() == whole
