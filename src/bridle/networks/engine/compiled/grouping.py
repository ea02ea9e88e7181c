"""Grouping of runs that are trained together.

It depends only on shapes, so that a resumed study forms the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from bridle.networks.engine.job import Job

__all__ = ["SMALL_STEP", "group_size", "groups_of"]

SMALL_STEP = 2**16
"""Largest size of a step (weights times rows of a batch, times positions of an image or sequence) that
is trained in groups, because starting a smaller step costs more than computing it.

Measured on two cores: a step with 240 weights and 32 rows takes a fifth of the time in groups of 20;
a step with 12,000 weights and 128 rows gains nothing from a group."""

MOST = 16


def group_size(n_parameters: int, batch_size: int, row_shape: Sequence[int]) -> int:
    """Return the number of runs that one program trains: 1, or up to 16 if steps are small.

    Parameters
    ----------
    n_parameters : int
        Number of trainable weights of the network.
    batch_size : int
        Rows of a batch.
    row_shape : sequence of int
        Shape of one row, channels last; weights may be used at every position.
    """
    return MOST if n_parameters * batch_size * prod(row_shape[:-1]) <= SMALL_STEP else 1


def groups_of(jobs: Sequence[Job]) -> list[list[int]]:
    """Return groups of positions of jobs that are trained together, ordered by their first job.

    Consecutive jobs of one network, with equal shapes and numbers of epochs, form groups of
    `group_size`. Jobs that stop early or use other rows are grouped like others.
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
