"""Batches of an epoch, in the order that belongs to the seed and to no network."""

from __future__ import annotations

import numpy as np

from bridle import streams
from bridle.networks.engine.job import Job
from bridle.types import AnyArray

__all__ = ["epoch_rows"]


def epoch_rows(job: Job, targets: AnyArray, epoch: int) -> tuple[AnyArray, AnyArray]:
    """Return all training rows of an epoch in their order, augmented where the regime says so.

    Batch b is rows ``b * batch_size`` to ``(b + 1) * batch_size``; the last may be smaller.

    Parameters
    ----------
    job : Job
    targets : ndarray of shape (n,) or (n, classes), float32
        As `Template.targets` gives them.
    epoch : int
        From 0.
    """
    order = streams.generator(job.seed, "order", epoch).permutation(len(targets))
    X, y = job.training[0][order], targets[order]
    if job.regime.augmentation is None:
        return X, y
    rng = streams.generator(job.seed, "augmentation", epoch)
    X, y = job.regime.augmentation.apply(X, y, job.shapes[2], rng)
    return np.asarray(X, dtype=np.float32), np.asarray(y, dtype=np.float32)
