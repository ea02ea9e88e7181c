"""Global random generators, seeded while a user's function builds a network."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

__all__ = ["global_seeds"]


@contextmanager
def global_seeds(seed: int) -> Iterator[None]:
    """Seed the global generators of Python, NumPy and PyTorch in the block, then restore them.

    Users' functions draw from any of them.
    """
    before, arrays_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        with _torch_seed(seed):
            yield
    finally:
        random.setstate(before)
        np.random.set_state(arrays_before)  # noqa: NPY002


@contextmanager
def _torch_seed(seed: int) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
