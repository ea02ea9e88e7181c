"""The number of processors that this process may use."""

from __future__ import annotations

import os
import re

import joblib

__all__ = ["count_processors"]


def count_processors() -> int:
    """Return how many processors this process may use, at least 1.

    The limits are CPU affinity, control group, ``LOKY_MAX_CPU_COUNT`` and ``OMP_NUM_THREADS``. The
    last is set by joblib and torchrun in their worker processes, so that all workers together use
    no more threads than there are processors.
    """
    available = int(joblib.cpu_count())
    most = re.match(r"\s*0*([1-9]\d*)", os.environ.get("OMP_NUM_THREADS", ""))
    return min(available, int(most[1])) if most else available
