"""Grouping of runs that advance together, by shapes alone, so that a resumed study repeats it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from bridle.networks.engine.job import Job

__all__ = ["SMALL_STEP", "group_size", "groups_of"]

SMALL_STEP = 2**16
"""Weights times rows of a batch, times places of an image or sequence, below which a step costs less
than its start.

Measured on two cores: a step of 240 weights and 32 rows takes a fifth of the time in groups of 20;
one of 12,000 weights and 128 rows gains nothing from a group.
"""

MOST = 16


def group_size(n_parameters: int, batch_size: int, row_shape: Sequence[int]) -> int:
    """Return how many runs one program advances: 1, or up to 16 where steps are small.

    Parameters
    ----------
    n_parameters : int
        Trainable weights of the network.
    batch_size : int
    row_shape : sequence of int
        Of the features of one row, channels last: weights may be used at every place.
    """
    return MOST if n_parameters * batch_size * prod(row_shape[:-1]) <= SMALL_STEP else 1


def groups_of(jobs: Sequence[Job]) -> list[list[int]]:
    """Return the positions of the jobs that advance together, in the order of their first one.

    Jobs of one network, with equal shapes and epochs, are dealt into groups of `group_size`, in their
    order. A job that stops early or visits other rows than its seed's goes in a group like any other.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for position, job in enumerate(jobs):
        alike.setdefault((id(job.template), job.shapes, job.epochs), []).append(position)
    groups = []
    for members in alike.values():
        first = jobs[members[0]]
        row_shape = first.training[0].shape[1:]
        size = group_size(first.template.n_parameters, first.shapes[2], row_shape)
        groups += [members[i : i + size] for i in range(0, len(members), size)]
    return sorted(groups)
