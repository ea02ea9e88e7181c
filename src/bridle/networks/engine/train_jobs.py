"""Train many jobs, on whatever backend there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.networks.engine import by_fit
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.checkpoint import CheckpointError
from bridle.networks.engine.grouping import groups_of
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.template import State, Template
from bridle.processors import count_processors
from bridle.types import AnyArray

__all__ = ["outputs_of", "plan_groups", "train_jobs"]


def plan_groups(jobs: Sequence[Job]) -> list[list[int]]:
    """Return the positions of the jobs that are trained together: on JAX by `groups_of`."""
    return groups_of(jobs) if _on_jax() else [[i] for i in range(len(jobs))]


def train_jobs(
    jobs: Sequence[Job],
    groups: Sequence[Sequence[int]],
    between: BetweenEpochs | None = None,
) -> Iterator[tuple[int, Outcome | Exception]]:
    """Train jobs and give each outcome with the job's position as it is done.

    On JAX every group is a compiled program, and on a CPU as many groups run at a time as the process
    may use cores: a small program does not use more than one. What a run gives depends on its group
    alone, not on the number of cores.

    Parameters
    ----------
    jobs : sequence of Job
    groups : sequence of sequence of int
        Some of `plan_groups`.
    between : BetweenEpochs, optional
        What happens between epochs; its checkpoint of a group goes when its outcomes were taken.

    Yields
    ------
    (int, Outcome or Exception)
        The exception that kept a group from being trained; the others go on.

    Raises
    ------
    CheckpointError
        A checkpoint could not be written.
    """
    between = between or BetweenEpochs()
    if not _on_jax():
        for position in (one for group in groups for one in group):
            yield position, _attempt(by_fit.train_by_fit, jobs[position], between)
            between.end([jobs[position]])
        return
    from bridle.networks.engine import compiled

    workers = _workers()
    left = list(reversed(groups))
    training: dict[Future[list[Outcome]], Sequence[int]] = {}
    with ThreadPoolExecutor(workers) as pool:
        try:
            while left or training:
                # Compiled here, one after the other, while earlier groups train; not all at once,
                # since what a group starts from takes memory.
                while left and len(training) < 2 * workers:
                    group = left.pop()
                    prepared = _attempt(compiled.prepare, [jobs[i] for i in group])
                    if isinstance(prepared, Exception):
                        yield from ((position, prepared) for position in group)
                    else:
                        training[pool.submit(compiled.train_group, prepared, between)] = group
                for done in wait(training, return_when=FIRST_COMPLETED).done:
                    group = training.pop(done)
                    found = _attempt(done.result)
                    each = [found] * len(group) if isinstance(found, Exception) else found
                    yield from zip(group, each, strict=True)
                    between.end([jobs[i] for i in group])
        except BaseException:
            between.stopped.set()
            pool.shutdown(cancel_futures=True)
            raise


def outputs_of(template: Template, state: State, X: AnyArray, *, noisy: bool = False) -> AnyArray:
    """Return logits or numbers for features of shape (n, ...), of shape (n, n_outputs).

    Parameters
    ----------
    template : Template
    state : State
    X : ndarray of shape (n, ...)
    noisy : bool
        Whether the noise is on, at the rates of the state. Default False.
    """
    features = np.ascontiguousarray(X, dtype=np.float32)
    if not _on_jax():
        return template.linear(by_fit.forward(template, state, features, noisy=noisy))
    from bridle.networks.engine import compiled

    return template.linear(compiled.forward(template, state, features, noisy=noisy))


def _attempt(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what work returns, or the exception that it raises."""
    try:
        return work(*arguments)
    except CheckpointError:
        raise  # no run's fault: the study ends
    except Exception as error:
        return error


def _on_jax() -> bool:
    return str(load_keras().backend.backend()) == "jax"


def _workers() -> int:
    from bridle.networks.engine.compiled import on_cpu

    return count_processors() if on_cpu() else 1
