"""Compiled training on JAX: an epoch is one program.

Batches are scanned; a last batch that is smaller is one more step, since padding would disturb what
looks at a batch as a whole. The noise-free outputs for both parts' rows come from the same program.
What differs between runs, weights, rates, streams, strengths and learning rate, are its arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bridle.backend import load_keras
from bridle.errors import DivergedError
from bridle.networks.engine.batches import epoch_rows
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.compilation_cache import use_compilation_cache
from bridle.networks.engine.divergence import is_finite, where_it_began
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.template import ROWS_AT_ONCE, State, Template, load_state, start
from bridle.networks.engine.watch import Watch
from bridle.optimizers import decaying
from bridle.types import AnyArray

__all__ = ["Prepared", "forward", "on_cpu", "prepare", "train_group"]

Tree = tuple[list[Any], list[Any], list[Any]]

_NUMBERS_AT_ONCE = 2**20
"""Features that a noise-free pass holds at a time; bounds the memory of wide layers behind them."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Jobs that go together, what they start from, and their program."""

    group: Sequence[Job]
    states: list[State]
    program: Any


def prepare(group: Sequence[Job]) -> Prepared:
    """Draw what jobs start from, and compile their epoch where it is new.

    Not in two threads at a time: Keras builds and traces through global state.

    Raises
    ------
    InputError
        A job has a rate and its network no place for dropout.
    """
    first = group[0]
    states = [start(job.template, job.regime, job.seed) for job in group]
    key = (first.shapes, len(group))
    if key not in first.template.programs:
        use_compilation_cache()
        epoch = partial(_epoch, first.template, first.shapes[2])
        program = jax.jit(jax.vmap(epoch) if len(group) > 1 else epoch)
        abstract = jax.tree.map(
            lambda one: jax.ShapeDtypeStruct(one.shape, one.dtype), _arguments(group, states)
        )
        with first.template.lock:
            first.template.programs[key] = program.lower(*abstract).compile()
    return Prepared(group, states, first.template.programs[key])


def train_group(prepared: Prepared, between: BetweenEpochs) -> list[Outcome]:
    """Train jobs that go together; see `bridle.networks.engine.grouping`.

    Parameters
    ----------
    prepared : Prepared
    between : BetweenEpochs

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
        batches = [epoch_rows(*one, epoch) for one in zip(group, targets, strict=True)]
        X, y = (join([one[i] for one in batches]) for i in (0, 1))
        before, (tree, *found) = tree, program(tree, knobs, X, y, rows)
        steps, outputs, penalty = (np.asarray(one) for one in found)
        for i, watch in enumerate(watches):
            if not watch.done:
                result = (part(steps, i), part(outputs, i), float(part(penalty, i)))
                _close(watch, result, (part(before, i), part(tree, i)), batches[i], epoch)
        between.close(group, watches, epoch + 1)
    seconds = (perf_counter() - began) / len(group)
    return [_on_host(watch.outcome(seconds, len(group))) for watch in watches]


def forward(template: Template, state: State, X: AnyArray, *, noisy: bool = False) -> AnyArray:
    """Return the raw outputs for float32 features of shape (n, ...).

    Parameters
    ----------
    template : Template
    state : State
    X : ndarray of shape (n, ...), float32
    noisy : bool
        Whether the noise is on, with the rates and streams of the state. Default False.
    """
    key = ("forward", noisy)
    if key not in template.programs:
        template.programs[key] = jax.jit(partial(_outputs, template, noisy))
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


def _outputs(template: Template, noisy: bool, trainable: Any, others: Any, X: Any) -> Any:
    return template.network.stateless_call(trainable, others, X, training=noisy)


def _epoch(
    template: Template, batch_size: int, tree: Tree, knobs: Any, X: Any, y: Any, rows: Any
) -> tuple[Tree, Any, Any, Any]:
    """Return state, loss of every step, outputs for the rows, and penalty at the end."""
    full = len(y) // batch_size
    first = [one[: full * batch_size].reshape(full, batch_size, *one.shape[1:]) for one in (X, y)]
    step = partial(_step, template, knobs)
    tree, losses = jax.lax.scan(step, tree, tuple(first))
    if len(y) > full * batch_size:
        tree, last = step(tree, (X[full * batch_size :], y[full * batch_size :]))
        losses = jnp.append(losses, last)
    trainable = template.ended(State(*tree)).trainable
    outputs, extra = _noise_free(template, (trainable, *tree[1:]), rows)
    return tree, losses, outputs, _penalty(template, trainable, knobs) + extra


def _step(template: Template, knobs: Any, tree: Tree, batch: Any) -> tuple[Tree, Any]:
    trainable, others, moving = tree

    def objective(trainable: list[Any]) -> tuple[Any, Any]:
        outputs, moved, losses = template.network.stateless_call(
            trainable, others, batch[0], training=True, return_losses=True
        )
        loss = template.mean_loss(batch[1], outputs) + sum(losses)
        loss = loss + _penalty(template, trainable, knobs)
        return _scaled(template, moving, loss), (loss, moved)

    (_, (loss, others)), slopes = jax.value_and_grad(objective, has_aux=True)(trainable)
    weights = template.network.trainable_variables
    kernels = [weights[i] for i in template.kernels]
    with decaying(template.optimizer, kernels, knobs[2]):
        trainable, moving = template.optimizer.stateless_apply(moving, slopes, trainable)
    return (trainable, others, moving), loss


def _scaled(template: Template, moving: list[Any], loss: Any) -> Any:
    """Return the loss that the optimiser wants the gradient of; it scales the gradient back."""
    optimizer = template.optimizer
    mapping = list(zip(optimizer.variables, moving, strict=True))
    with load_keras().StatelessScope(state_mapping=mapping):
        return optimizer.scale_loss(loss)


def _penalty(template: Template, trainable: list[Any], knobs: Any) -> Any:
    kernels = [trainable[i] for i in template.kernels]
    absolute = sum(jnp.sum(jnp.abs(one)) for one in kernels)
    squares = sum(jnp.sum(jnp.square(one)) for one in kernels)
    return knobs[0] * absolute + knobs[1] / 2 * squares


def _noise_free(template: Template, tree: Tree, rows: Any) -> tuple[Any, Any]:
    """Return the outputs for the rows, a bounded number at a time, and the network's own penalty."""
    size = max(ROWS_AT_ONCE, _NUMBERS_AT_ONCE // max(1, int(np.prod(rows.shape[1:]))))

    def outputs_of(X: Any) -> tuple[Any, Any]:
        outputs, _, losses = template.network.stateless_call(
            tree[0], tree[1], X, training=False, return_losses=True
        )
        return outputs, jnp.asarray(sum(losses), dtype=jnp.float32)

    full = len(rows) // size
    pieces, extra = [], jnp.float32(0)
    if full:
        whole = rows[: full * size].reshape(full, size, *rows.shape[1:])
        outputs, losses = jax.lax.map(outputs_of, whole)
        pieces.append(outputs.reshape(full * size, *outputs.shape[2:]))
        extra = losses[-1]
    if len(rows) > full * size:
        outputs, extra = outputs_of(rows[full * size :])
        pieces.append(outputs)
    return jnp.concatenate(pieces), extra


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
    """Repeat an epoch step by step; return the last finite weights, and what went wrong after."""
    with job.template.lock:
        return _last_good_alone(job, tree, batches, epoch, failed)


def _last_good_alone(
    job: Job, tree: Tree, batches: tuple[AnyArray, AnyArray], epoch: int, failed: int
) -> tuple[State, DivergedError]:
    template, size = job.template, job.shapes[2]
    knobs = _knobs(job)
    step = jax.jit(partial(_step, template))
    good, number = tree, 0
    for number in range(failed):
        part = tuple(one[number * size : (number + 1) * size] for one in batches)
        moved, _ = step(knobs, good, part)
        if not is_finite(moved[0]):
            break
        good = moved
    else:
        number = min(failed, -(-len(batches[1]) // size) - 1)
    part = tuple(one[number * size : (number + 1) * size] for one in batches)
    load_state(template, State(*good))
    place = where_it_began(template.network, *part)
    return State(*good), DivergedError(epoch + 1, number + 1, place)


def _at_rates(tree: Tree, group: Sequence[Job], epoch: int) -> Tree:
    """Return the variables of a group, with the rates that their schedules have for an epoch."""
    trainable, others, moving = tree
    places = group[0].template.rates
    rates = np.array([job.regime.rate_at(epoch, job.epochs) for job in group], dtype=np.float32)
    held = rates if len(group) > 1 else rates[0]
    moved = [held.astype(one.dtype) if i in places else one for i, one in enumerate(others)]
    return trainable, moved, moving


def _knobs(job: Job) -> AnyArray:
    regime = job.regime
    return np.array([regime.l1, regime.l2, regime.weight_decay], dtype=np.float32)


def _arguments(group: Sequence[Job], states: Sequence[State]) -> Any:
    """Return arrays of the shapes that the program of a group takes."""
    job = group[0]
    targets = job.template.targets(job.training[1])
    one = (_tree(states[0]), _knobs(job), job.training[0], targets, _both_parts(job))
    return _stacked([one] * len(group)) if len(group) > 1 else one


def _both_parts(job: Job) -> AnyArray:
    return np.concatenate([job.training[0], job.validation[0]])


def _tree(state: State) -> Tree:
    return state.trainable, state.non_trainable, state.optimizer


def _on_host(outcome: Outcome) -> Outcome:
    state, best = (
        State(*jax.tree.map(np.asarray, _tree(one))) for one in (outcome.state, outcome.best_state)
    )
    return replace(outcome, state=state, best_state=best)


def _stacked(values: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *ones: np.stack(ones), *values)


def _one_of(values: Any, index: int) -> Any:
    return jax.tree.map(lambda one: one[index], values)


def _only(values: Sequence[Any]) -> Any:
    return values[0]


def _all_of(values: Any, index: int) -> Any:
    return values


def on_cpu() -> bool:
    """Say whether programs run on the CPU."""
    return str(jax.default_backend()) == "cpu"
