"""`train_jobs`: trains many jobs on any backend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bridle.backend import load_keras
from bridle.networks.engine.base import Engine
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.by_fit import ByFit
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.template.template import State, Template
from bridle.types import AnyArray

__all__ = ["outputs_of", "plan_groups", "train_jobs"]


def plan_groups(jobs: Sequence[Job]) -> list[list[int]]:
    """Return the positions of the jobs that are trained together; see `Engine.groups`."""
    return _engine_of(jobs).groups(jobs)


def train_jobs(
    jobs: Sequence[Job],
    groups: Sequence[Sequence[int]],
    between: BetweenEpochs | None = None,
) -> Iterator[tuple[int, Outcome | Exception]]:
    """Train jobs, and yield each outcome with the job's position when it is finished.

    On JAX by compiled programs, if these take all jobs; else by Keras's ``fit``. PyTorch modules by
    `bridle.networks.engine.torch`.

    Parameters
    ----------
    jobs : sequence of Job
        The jobs.
    groups : sequence of sequence of int
        All or some groups of `plan_groups`.
    between : BetweenEpochs, optional
        Actions between epochs. The checkpoint of a group is deleted after its outcomes are taken.

    Yields
    ------
    (int, Outcome or Exception)
        An exception if a group could not be trained; other groups continue.

    Raises
    ------
    CheckpointError
        A checkpoint could not be written.
    """
    yield from _engine_of(jobs).train(jobs, groups, between or BetweenEpochs())


def outputs_of(template: Template, state: State, X: AnyArray, *, noisy: bool = False) -> AnyArray:
    """Return logits or numbers for features of shape (n, ...), of shape (n, n_outputs).

    Parameters
    ----------
    template : Template
        The network.
    state : State
        Its weights.
    X : ndarray of shape (n, ...)
        Features.
    noisy : bool
        Whether the noise is on, at the rates of the state. Default False.
    """
    features = np.ascontiguousarray(X, dtype=np.float32)
    engine = _engine_for(template)
    return template.linear(engine.forward(template, state, features, noisy=noisy))


def _engine_for(template: Template) -> Engine:
    """Return the engine that computes the outputs of a network."""
    if template.framework == "torch":
        from bridle.networks.engine.torch.torch_engine import TorchEngine

        return TorchEngine()
    return _engine_of(())


def _engine_of(jobs: Sequence[Job]) -> Engine:
    """Return the fastest engine that takes all jobs."""
    if jobs and jobs[0].template.framework == "torch":
        return _engine_for(jobs[0].template)
    if str(load_keras().backend.backend()) == "jax":
        from bridle.networks.engine.compiled.compiled import Compiled

        compiled = Compiled()
        if all(map(compiled.takes, jobs)):
            return compiled
    return ByFit()
