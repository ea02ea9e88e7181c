"""Groups of runs of PyTorch modules that are trained side by side.

They depend on structures and shapes only, so that a resumed study forms the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridle.networks.engine.job import Job
from bridle.networks.engine.torch.chain import chain_of
from bridle.networks.engine.torch.runner import template_of

__all__ = ["MOST_RUNS", "SMALL_STEP", "side_by_side"]

SMALL_STEP = 2**22
"""Largest size of a step (weights times rows of a batch) that is trained side by side: starting the
operations of a smaller one costs more than computing them."""

MOST_RUNS = 20


def side_by_side(jobs: Sequence[Job]) -> list[list[int]]:
    """Return groups of positions of jobs that are trained together, ordered by their first job.

    Jobs of one chain with equal shapes, numbers of epochs and learning rates form groups of at most
    `MOST_RUNS`, if their steps are small. Other jobs are trained one at a time.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for position, job in enumerate(jobs):
        key: tuple[object, ...] = (position,)
        if _is_small(job):
            key = (id(job.template), job.shapes, job.epochs, job.passes, job.regime.learning_rate)
        alike.setdefault(key, []).append(position)
    return sorted(
        members[i : i + MOST_RUNS]
        for members in alike.values()
        for i in range(0, len(members), MOST_RUNS)
    )


def _is_small(job: Job) -> bool:
    template = template_of(job)
    weighted = any(weight is not None for weight in job.weights)
    small = template.n_parameters * job.shapes[2] <= SMALL_STEP
    return small and not weighted and not template.has_own_speed and chain_of(template) is not None
