"""Training by compiled programs on JAX: groups of jobs, as many at a time as there are cores.

What differs between runs, weights, rates, streams, strengths and learning rate, are arguments of the
program of an epoch, see `bridle.networks.engine.compiled.epoch`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from time import perf_counter
from typing import Any

import jax
import numpy as np

from bridle.errors import DivergedError
from bridle.networks.engine.base import Engine, attempt
from bridle.networks.engine.batches import pass_rows
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.compiled.compilation_cache import use_compilation_cache
from bridle.networks.engine.compiled.epoch import Tree, outputs_of, run_epoch, take_step
from bridle.networks.engine.compiled.grouping import groups_of
from bridle.networks.engine.divergence import is_finite, where_it_began
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.watch import Watch
from bridle.networks.own.outputs import ROWS_AT_ONCE
from bridle.networks.template.keras_template import load_state, of_keras
from bridle.networks.template.template import State, Template
from bridle.threads.processors import count_processors
from bridle.types import AnyArray

__all__ = ["Compiled", "Prepared", "prepare", "train_group"]


class Compiled(Engine):
    """One program for an epoch of a group of jobs.

    A small program uses no more than one core, so that groups run in threads. The result of a run
    depends on its group only, not on the number of cores.
    """

    def takes(self, job: Job) -> bool:
        """Return whether a job has equal row weights, one pass per epoch, and a new optimiser."""
        weighted = any(weight is not None for weight in job.weights)
        return not weighted and job.passes == 1 and of_keras(job.template).blueprint is not None

    def groups(self, jobs: Sequence[Job]) -> list[list[int]]:
        """Put small jobs of one network together; see `bridle.networks.engine.compiled.grouping`."""
        return groups_of(jobs)

    def train(
        self, jobs: Sequence[Job], groups: Sequence[Sequence[int]], between: BetweenEpochs
    ) -> Iterator[tuple[int, Outcome | Exception]]:
        """Train groups in threads, each as soon as it is compiled; see `Engine.train`.

        Raises
        ------
        CheckpointError
            A checkpoint could not be read or written; all groups are stopped.
        """
        workers = count_processors() if str(jax.default_backend()) == "cpu" else 1
        left = list(reversed(groups))
        training: dict[Future[list[Outcome]], Sequence[int]] = {}
        with ThreadPoolExecutor(workers) as pool:
            try:
                while left or training:
                    # Groups are compiled one after the other while earlier groups train, and not
                    # all at once, because the initial state of a group takes memory.
                    while left and len(training) < 2 * workers:
                        group = left.pop()
                        prepared = attempt(prepare, [jobs[i] for i in group])
                        if isinstance(prepared, Exception):
                            yield from ((position, prepared) for position in group)
                        else:
                            training[pool.submit(train_group, prepared, between)] = group
                    for done in wait(training, return_when=FIRST_COMPLETED).done:
                        group = training.pop(done)
                        found = attempt(done.result)
                        each = [found] * len(group) if isinstance(found, Exception) else found
                        yield from zip(group, each, strict=True)
                        between.end([jobs[i] for i in group])
            except BaseException:
                between.stopped.set()
                pool.shutdown(cancel_futures=True)
                raise

    def forward(
        self, template: Template, state: State, X: AnyArray, *, noisy: bool = False
    ) -> AnyArray:
        """Return the raw outputs; see `Engine.forward`."""
        key = ("forward", noisy)
        if key not in template.programs:
            template.programs[key] = jax.jit(partial(outputs_of, of_keras(template), noisy))
        n = len(X)
        padded = np.zeros((-(-n // ROWS_AT_ONCE) * ROWS_AT_ONCE, *X.shape[1:]), dtype=np.float32)
        padded[:n] = X
        others, found = state.non_trainable, []
        for first in range(0, len(padded), ROWS_AT_ONCE):
            batch = padded[first : first + ROWS_AT_ONCE]
            outputs, moved = template.programs[key](state.trainable, others, batch)
            others = moved if noisy else others
            found.append(np.asarray(outputs))
        return np.concatenate(found)[:n]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A group of jobs, their initial states and their program."""

    group: Sequence[Job]
    states: list[State]
    program: Any


def prepare(group: Sequence[Job]) -> Prepared:
    """Draw the initial states of jobs, and compile their epoch if it is new.

    Must not run in two threads at a time, because Keras builds and traces with global state.

    Raises
    ------
    InputError
        A job has a rate, but its network cannot have dropout.
    """
    first = group[0]
    states = [job.begin() for job in group]
    key = (first.shapes, len(group))
    if key not in first.template.programs:
        use_compilation_cache()
        epoch = partial(run_epoch, of_keras(first.template), first.shapes[2])
        program = jax.jit(jax.vmap(epoch) if len(group) > 1 else epoch)
        abstract = jax.tree.map(
            lambda array: jax.ShapeDtypeStruct(array.shape, array.dtype), _arguments(group, states)
        )
        with first.template.lock:
            first.template.programs[key] = program.lower(*abstract).compile()
    return Prepared(group, states, first.template.programs[key])


def train_group(prepared: Prepared, between: BetweenEpochs) -> list[Outcome]:
    """Train a group of jobs together; see `bridle.networks.engine.compiled.grouping`.

    Parameters
    ----------
    prepared : Prepared
        The group.
    between : BetweenEpochs
        Actions after each epoch.

    Raises
    ------
    InterruptedError, CheckpointError
        See `BetweenEpochs.close`.
    """
    began = perf_counter()
    group, states, program = prepared.group, prepared.states, prepared.program
    join, part = (_stacked, _one_of) if len(group) > 1 else (_only, _all_of)
    watches = [Watch(job, state) for job, state in zip(group, states, strict=True)]
    targets = [job.template.targets(job.training[1]) for job in group]
    done = between.begin(group, watches)
    tree = jax.device_put(join([_tree(watch.state) for watch in watches]))
    knobs = jax.device_put(join([_knobs(job) for job in group]))
    rows = jax.device_put(join([_both_parts(job) for job in group]))
    for epoch in range(done, group[0].epochs):
        if all(watch.done for watch in watches):
            break
        tree = _at_rates(tree, group, epoch)
        batches = [pass_rows(*arguments, epoch) for arguments in zip(group, targets, strict=True)]
        X, y = (join([batch[i] for batch in batches]) for i in (0, 1))
        before, (tree, *found) = tree, program(tree, knobs, X, y, rows)
        steps, outputs, penalty = (np.asarray(array) for array in found)
        for i, watch in enumerate(watches):
            if not watch.done:
                result = (part(steps, i), part(outputs, i), float(part(penalty, i)))
                _close(watch, result, (part(before, i), part(tree, i)), batches[i], epoch)
        between.close(group, watches, epoch + 1)
    seconds = (perf_counter() - began) / len(group)
    return [_on_host(watch.outcome(seconds, len(group))) for watch in watches]


def _close(
    watch: Watch,
    result: tuple[AnyArray, AnyArray, float],
    trees: tuple[Tree, Tree],
    batches: tuple[AnyArray, AnyArray],
    epoch: int,
) -> None:
    steps, outputs, penalty = result
    n, _, size = watch.job.shapes
    weights = np.full(len(steps), size)
    weights[-1] = n - size * (len(steps) - 1)
    finite = np.isfinite(steps)
    mean = float(np.average(steps.astype(np.float64), weights=weights)) if finite.all() else np.nan
    losses = watch.losses(mean, outputs, penalty)
    if all(map(isfinite, losses)):
        watch.close_epoch(losses, State(*trees[1]))
        return
    step = int(np.argmin(finite)) if not finite.all() else len(steps)
    watch.fail(*_last_good(watch.job, trees[0], batches, epoch, step))


def _last_good(
    job: Job, tree: Tree, batches: tuple[AnyArray, AnyArray], epoch: int, failed: int
) -> tuple[State, DivergedError]:
    """Repeat an epoch step by step; return the last finite weights and the error after them."""
    with job.template.lock:
        return _last_good_alone(job, tree, batches, epoch, failed)


def _last_good_alone(
    job: Job, tree: Tree, batches: tuple[AnyArray, AnyArray], epoch: int, failed: int
) -> tuple[State, DivergedError]:
    template, size = of_keras(job.template), job.shapes[2]
    knobs = _knobs(job)
    step = jax.jit(partial(take_step, template))
    good, number = tree, 0
    for number in range(failed):
        part = tuple(batch[number * size : (number + 1) * size] for batch in batches)
        moved, _ = step(knobs, good, part)
        if not is_finite(moved[0]):
            break
        good = moved
    else:
        number = min(failed, -(-len(batches[1]) // size) - 1)
    part = tuple(batch[number * size : (number + 1) * size] for batch in batches)
    load_state(template, State(*good))
    place = where_it_began(template.network, *part)
    return State(*good), DivergedError(epoch + 1, number + 1, place, "the weights before that step")


def _at_rates(tree: Tree, group: Sequence[Job], epoch: int) -> Tree:
    """Return the variables of a group, with the rates of their schedules in an epoch."""
    trainable, others, moving = tree
    places = group[0].template.rates
    rates = np.array([job.regime.rate_at(epoch, job.epochs) for job in group], dtype=np.float32)
    held = rates if len(group) > 1 else rates[0]
    moved = [held.astype(array.dtype) if i in places else array for i, array in enumerate(others)]
    return trainable, moved, moving


def _knobs(job: Job) -> AnyArray:
    regime = job.regime
    return np.array([regime.l1, regime.l2, regime.weight_decay], dtype=np.float32)


def _arguments(group: Sequence[Job], states: Sequence[State]) -> Any:
    """Return arrays with the shapes of a group's program."""
    job = group[0]
    targets = job.template.targets(job.training[1])
    arguments = (_tree(states[0]), _knobs(job), job.training[0], targets, _both_parts(job))
    return _stacked([arguments] * len(group)) if len(group) > 1 else arguments


def _both_parts(job: Job) -> AnyArray:
    return np.concatenate([job.training[0], job.validation[0]])


def _tree(state: State) -> Tree:
    return state.trainable, state.non_trainable, state.optimizer


def _on_host(outcome: Outcome) -> Outcome:
    state, best = (
        State(*jax.tree.map(np.asarray, _tree(state)))
        for state in (outcome.state, outcome.best_state)
    )
    return replace(outcome, state=state, best_state=best)


def _stacked(values: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *ones: np.stack(ones), *values)


def _one_of(values: Any, index: int) -> Any:
    return jax.tree.map(lambda array: array[index], values)


def _only(values: Sequence[Any]) -> Any:
    return values[0]


def _all_of(values: Any, index: int) -> Any:
    return values
