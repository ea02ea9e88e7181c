"""Threads within an operation of PyTorch: one for small networks, by their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import torch
from torch import nn

from bridle.networks.engine.job import Job

__all__ = ["LARGE_STEP", "suitable_threads"]

LARGE_STEP = 2**23
"""Size of a step (weights times rows of a batch, times positions of an image or sequence) from which
an operation is worth more than one thread. Below it threads wait for each other longer than they
work, and on a busy machine for much longer. Positions of a recurrent network do not count: it takes
its time steps one after the other."""


@contextmanager
def suitable_threads(job: Job, runs: int = 1) -> Iterator[None]:
    """Let PyTorch use one thread for an operation within the block, unless steps are large.

    So the result of a small run does not depend on the number of cores.

    Parameters
    ----------
    job : Job
    runs : int
        Runs that are trained side by side, at least 1. Default 1.
    """
    before = torch.get_num_threads()
    positions = 1 if _is_recurrent(job) else prod(job.training[0].shape[1:-1])
    if runs * job.template.n_parameters * job.shapes[2] * positions < LARGE_STEP:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _is_recurrent(job: Job) -> bool:
    return any(isinstance(module, nn.RNNBase) for module in job.template.network.modules())
