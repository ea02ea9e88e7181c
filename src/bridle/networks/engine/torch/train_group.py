"""Training of a group of runs of a PyTorch module, with watches, checkpoints and divergence."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from time import perf_counter

import numpy as np
import torch
from torch import nn

from bridle.errors import DivergedError
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.torch.module_runner import ModuleRunner, take_step
from bridle.networks.engine.torch.runner import Runner, rows_of_pass, template_of
from bridle.networks.engine.torch.threads import suitable_threads
from bridle.networks.engine.watch import Watch
from bridle.networks.template.template import State
from bridle.types import AnyArray

__all__ = ["train_group"]


def train_group(
    group: Sequence[Job], runner_of: type[Runner], between: BetweenEpochs
) -> list[Outcome]:
    """Train jobs together.

    Parameters
    ----------
    group : sequence of Job
        Of one template, with equal shapes and numbers of epochs.
    runner_of : type
        A `Runner` of the group and its states.
    between : BetweenEpochs

    Raises
    ------
    InterruptedError, CheckpointError
        See `BetweenEpochs.close`.
    """
    began, first = perf_counter(), group[0]
    with first.template.lock, suitable_threads(first, len(group)):
        watches = [Watch(job, job.begin()) for job in group]
        done = between.begin(group, watches)
        runner = runner_of(group, [watch.state for watch in watches])  # type: ignore[call-arg]
        for epoch in range(done, first.epochs):
            if all(watch.done for watch in watches):
                break
            _run_epoch(runner, watches, epoch)
            between.close(group, watches, epoch + 1)
    seconds = (perf_counter() - began) / len(group)
    return [watch.outcome(seconds, len(group)) for watch in watches]


def _run_epoch(runner: Runner, watches: Sequence[Watch], epoch: int) -> None:
    group = runner.group
    rates = [job.regime.rate_at(epoch, job.epochs) for job in group]
    passes = range(epoch * group[0].passes, (epoch + 1) * group[0].passes)
    steps = np.concatenate([runner.train_pass(number, rates) for number in passes])
    means = np.average(steps, axis=0, weights=_sizes(group[0]))
    found = zip(watches, runner.outputs(), runner.penalties(), runner.states(), strict=True)
    for i, (watch, outputs, penalty, state) in enumerate(found):
        if watch.done:
            continue
        losses = watch.losses(float(means[i]), outputs, penalty)
        if np.isfinite(steps[:, i]).all() and all(map(isfinite, losses)):
            watch.close_epoch(losses, state)
        else:
            _fail(watch, epoch, steps[:, i])


def _sizes(job: Job) -> AnyArray:
    """Return the rows of each step of an epoch."""
    n, _, size = job.shapes
    of_pass = [min(size, n - i) for i in range(0, n, size)]
    return np.asarray(of_pass * job.passes, dtype=np.float64)


def _fail(watch: Watch, epoch: int, steps: AnyArray) -> None:
    """Record a divergence and the weights before it; see `Watch.fail`."""
    bad = np.flatnonzero(~np.isfinite(steps))
    step = int(bad[0]) if len(bad) else len(steps) - 1
    place = _where_it_began(watch.job, watch.state, epoch, step)
    early = watch.job.regime.patience is not None
    state, last = (watch.best_state, watch.best_epoch) if early else (watch.state, epoch)
    name = f"the weights of epoch {last}" if last else "the initial weights"
    watch.fail(state, DivergedError(epoch + 1, step + 1, place, name))


def _where_it_began(job: Job, state: State, epoch: int, step: int) -> str:
    """Return the first part of a module with infinite values or NaN, by running the epoch again."""
    template, size = template_of(job), job.shapes[2]
    runner = ModuleRunner([job], [state])
    for source in template.sources:
        source.rate = job.regime.rate_at(epoch, job.epochs)
    template.network.train()
    left = step
    for number in range(epoch * job.passes, (epoch + 1) * job.passes):
        X, y, weights = rows_of_pass(job, number)
        for i in range(0, len(X), size):
            part = X[i : i + size], y[i : i + size]
            if left == 0:
                return _first_not_finite(template.network, *part)
            take_step(runner, *part, None if weights is None else weights[i : i + size])
            left -= 1
    return "a loss is not finite"


def _first_not_finite(module: nn.Module, X: torch.Tensor, y: torch.Tensor) -> str:
    for name, values in (("features", X), ("targets", y)):
        if not torch.isfinite(values).all():
            return f"the {name} of the batch are not finite"
    for name, weight in module.named_parameters():
        if not torch.isfinite(weight).all():
            return f"the weights {name!r} are not finite"
    found: list[str] = []
    hooks = [
        part.register_forward_hook(_noting(name, found))
        for name, part in module.named_modules()
        if name and not list(part.children())
    ]
    try:
        with torch.no_grad():
            module(X)
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else "the loss is not finite"


def _noting(name: str, found: list[str]):  # type: ignore[no-untyped-def]
    def note(module: nn.Module, inputs: object, output: object) -> None:
        if isinstance(output, torch.Tensor) and not torch.isfinite(output).all():
            found.append(f"the output of {name!r} is not finite")

    return note
