"""Order of the rows in each epoch, which depends on the seed and not on the network."""

from __future__ import annotations

import numpy as np

from bridle import streams
from bridle.networks.engine.job import Job
from bridle.types import AnyArray

__all__ = ["pass_order", "pass_rows"]


def pass_order(job: Job, number: int) -> AnyArray:
    """Return the order in which a pass, from 0, visits the training rows."""
    return streams.generator(job.seed, "order", number).permutation(len(job.training[1]))


def pass_rows(job: Job, targets: AnyArray, number: int) -> tuple[AnyArray, AnyArray]:
    """Return all training rows of a pass in their order, augmented if the regime says so.

    Batch b consists of rows ``b * batch_size`` to ``(b + 1) * batch_size``; the last may be smaller.

    Parameters
    ----------
    job : Job
        The run.
    targets : ndarray of shape (n,) or (n, classes), float32
        As `Template.targets` gives them.
    number : int
        From 0; an epoch is `Job.passes` of them.
    """
    order = pass_order(job, number)
    X, y = job.training[0][order], targets[order]
    if job.regime.augmentation is None:
        return X, y
    rng = streams.generator(job.seed, "augmentation", number)
    X, y = job.regime.augmentation.apply(X, y, job.shapes[2], rng)
    return np.asarray(X, dtype=np.float32), np.asarray(y, dtype=np.float32)
