"""Number of processors that this process may use."""

from __future__ import annotations

import os
import re

import joblib

__all__ = ["count_processors"]


def count_processors() -> int:
    """Return how many processors this process may use, at least 1.

    These are the processors that affinity, control group and ``LOKY_MAX_CPU_COUNT`` leave it, and at
    most ``OMP_NUM_THREADS``, which joblib and torchrun set in the processes that they start, so that
    those together do not run more threads than there are processors.
    """
    available = int(joblib.cpu_count())
    most = re.match(r"\s*0*([1-9]\d*)", os.environ.get("OMP_NUM_THREADS", ""))
    return min(available, int(most[1])) if most else available
