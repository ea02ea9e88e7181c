"""Training by Keras's own ``fit``.

For TensorFlow and PyTorch; on JAX for networks that are trained as they are compiled, and as the slow
twin of the compiled engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from time import perf_counter
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import DivergedError
from bridle.networks.engine.base import Engine, attempt
from bridle.networks.engine.batches import pass_order, pass_rows
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.divergence import where_it_began
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.watch import Watch
from bridle.networks.own.outputs import ROWS_AT_ONCE, raw_outputs
from bridle.networks.template.keras_template import KerasTemplate, load_state, of_keras
from bridle.networks.template.template import State, Template
from bridle.optimizers import decaying, with_ending_weights
from bridle.types import AnyArray

__all__ = ["ByFit", "train_by_fit"]


class ByFit(Engine):
    """Keras's ``fit``, one job after the other."""

    def takes(self, job: Job) -> bool:
        """Return True: Keras's ``fit`` trains every job."""
        return True

    def groups(self, jobs: Sequence[Job]) -> list[list[int]]:
        """Return a group for each job: none are trained together."""
        return [[i] for i in range(len(jobs))]

    def train(
        self, jobs: Sequence[Job], groups: Sequence[Sequence[int]], between: BetweenEpochs
    ) -> Iterator[tuple[int, Outcome | Exception]]:
        """Train jobs in the order of the groups; see `Engine.train`."""
        for position in (position for group in groups for position in group):
            yield position, attempt(train_by_fit, jobs[position], between)
            between.end([jobs[position]])

    def forward(
        self, template: Template, state: State, X: AnyArray, *, noisy: bool = False
    ) -> AnyArray:
        """Return the raw outputs; see `Engine.forward`."""
        load_state(of_keras(template), state)
        if not noisy:
            return raw_outputs(template.network, X)
        convert = load_keras().ops.convert_to_numpy
        pieces = [X[i : i + ROWS_AT_ONCE] for i in range(0, len(X), ROWS_AT_ONCE)]
        return np.concatenate([convert(template.network(piece, training=True)) for piece in pieces])


def train_by_fit(job: Job, between: BetweenEpochs) -> Outcome:
    """Train one job.

    Parameters
    ----------
    job : Job
    between : BetweenEpochs

    Raises
    ------
    InterruptedError, CheckpointError
        See `BetweenEpochs.close`.
    """
    began = perf_counter()
    template = of_keras(job.template)
    network = template.network
    watch = Watch(job, job.begin())
    done = between.begin([job], [watch])
    load_state(template, watch.state)
    _compile(job)
    batches = _Batches(job, done)
    with _penalised(job):
        network.fit(
            iter(batches),
            initial_epoch=done,
            epochs=done if watch.done else job.epochs,
            steps_per_epoch=batches.steps,
            shuffle=False,
            verbose=0,
            callbacks=[_follow(watch, batches, between)],
        )
    if between.stopped.is_set():
        between.close([job], [watch], len(watch.curves))
    return watch.outcome(perf_counter() - began, 1)


class _Batches:
    """The batches of the remaining epochs, in order."""

    def __init__(self, job: Job, done: int) -> None:
        self.job = job
        self.done = done
        self.targets = job.template.targets(job.training[1])
        self.steps_a_pass = -(-len(self.targets) // job.shapes[2])
        self.steps = job.passes * self.steps_a_pass

    def __iter__(self) -> Iterator[tuple[AnyArray, ...]]:
        for number in range(self.done * self.job.passes, self.job.epochs * self.job.passes):
            parts = self._rows(number)
            for step in range(self.steps_a_pass):
                yield self._cut(parts, step)

    def at(self, epoch: int, step: int) -> tuple[AnyArray, ...]:
        """Return the batch of an epoch and a step, both from 0; ``fit`` has read further ahead."""
        number, step = divmod(epoch * self.steps + step, self.steps_a_pass)
        return self._cut(self._rows(number), step)

    def _rows(self, number: int) -> tuple[AnyArray, ...]:
        """Return features and targets of a pass, and weights if there are any."""
        X, y = pass_rows(self.job, self.targets, number)
        weights = self.job.weights[0]
        return (X, y) if weights is None else (X, y, weights[pass_order(self.job, number)])

    def _cut(self, parts: tuple[AnyArray, ...], step: int) -> tuple[AnyArray, ...]:
        size = self.job.shapes[2]
        return tuple(part[step * size : (step + 1) * size] for part in parts)


def _compile(job: Job) -> None:
    template, regime = of_keras(job.template), job.regime
    network, optimizer = template.network, template.optimizer
    strengths = (regime.l1, regime.l2, regime.weight_decay)
    if template.programs.get("fit") == strengths:
        return
    network.compile(optimizer, template.mean_loss)
    template.programs["fit"] = strengths


@contextmanager
def _penalised(job: Job) -> Iterator[None]:
    """Apply penalty and weight decay to the kernels within the block."""
    variables = job.template.network.trainable_variables
    kernels = [variables[i] for i in job.template.kernels]
    own = [kernel.regularizer for kernel in kernels]
    for kernel, theirs in zip(kernels, own, strict=True):
        kernel.regularizer = _Penalty(job.regime.l1, job.regime.l2, theirs)
    try:
        with decaying(of_keras(job.template).optimizer, kernels, job.regime.weight_decay):
            yield
    finally:
        for kernel, theirs in zip(kernels, own, strict=True):
            kernel.regularizer = theirs


class _Penalty:
    """``sum_w (l1 |w| + l2 / 2 w^2)``, in addition to the network's own penalties."""

    def __init__(self, l1: float, l2: float, own: Any) -> None:
        self.l1, self.l2, self.own = l1, l2, own

    def __call__(self, w: Any) -> Any:
        ops = load_keras().ops
        penalty = self.l1 * ops.sum(ops.abs(w)) + self.l2 / 2 * ops.sum(ops.square(w))
        return penalty if self.own is None else penalty + self.own(w)


def _follow(watch: Watch, batches: _Batches, between: BetweenEpochs) -> Any:
    keras = load_keras()
    job, template = watch.job, of_keras(watch.job.template)
    network = template.network
    rows = np.concatenate([job.training[0], job.validation[0]])
    epoch = batches.done

    def fail(step: int) -> None:
        # fit does not expose the state between steps: the last good one is at the end of the epoch
        # before.
        load_state(template, watch.state)
        place = where_it_began(network, *batches.at(epoch, step - 1)[:2])
        watch.fail(*_kept(watch, epoch + 1, step, place))
        network.stop_training = True

    def before_epoch(number: int, logs: dict[str, float] | None = None) -> None:
        rate = job.regime.rate_at(number, job.epochs)
        for i in template.rates:
            network.non_trainable_variables[i].assign(rate)

    def after_batch(step: int, logs: dict[str, float]) -> None:
        # The running mean is infinite or NaN from the first such loss on.
        if watch.diverged is None and not isfinite(logs["loss"]):
            fail(step + 1)
        network.stop_training |= between.stopped.is_set()

    def after_epoch(number: int, logs: dict[str, float]) -> None:
        nonlocal epoch
        if watch.diverged is not None or between.stopped.is_set():
            return
        with with_ending_weights(network, template.optimizer):
            outputs = raw_outputs(network, rows)
            penalty = float(keras.ops.convert_to_numpy(sum(network.losses)))
        losses = watch.losses(float(logs["loss"]), outputs, penalty)
        if not all(map(isfinite, losses)):
            fail(batches.steps)
            return
        watch.close_epoch(losses, _state(template))
        epoch = number + 1
        between.close([job], [watch], epoch)
        network.stop_training = watch.done

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=before_epoch, on_train_batch_end=after_batch, on_epoch_end=after_epoch
    )


def _kept(watch: Watch, epoch: int, step: int, place: str) -> tuple[State, DivergedError]:
    """Return the weights that a diverged run keeps: those at the end of an epoch, and the error."""
    early = watch.job.regime.patience is not None
    state, last = (watch.best_state, watch.best_epoch) if early else (watch.state, epoch - 1)
    name = f"the weights of epoch {last}" if last else "the initial weights"
    return state, DivergedError(epoch, step, place, name)


def _state(template: KerasTemplate) -> State:
    convert = load_keras().ops.convert_to_numpy
    parts = (
        template.network.trainable_variables,
        template.network.non_trainable_variables,
        template.optimizer.variables,
    )
    # Copies, since PyTorch's variables would share their memory.
    return State(*([np.array(convert(variable.value)) for variable in part] for part in parts))
