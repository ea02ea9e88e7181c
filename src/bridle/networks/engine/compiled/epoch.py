"""Program of an epoch on JAX: steps and noise-free outputs, compiled as one.

Batches are scanned. A smaller last batch is one more step, since padding would disturb layers that
use a batch as a whole, such as batch normalisation. The same program computes the noise-free outputs
for the training and the validation rows.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bridle.backend import load_keras
from bridle.networks.own.outputs import ROWS_AT_ONCE
from bridle.networks.template.keras_template import KerasTemplate
from bridle.networks.template.template import State
from bridle.optimizers import decaying

__all__ = ["Tree", "outputs_of", "run_epoch", "take_step"]

Tree = tuple[list[Any], list[Any], list[Any]]

_NUMBERS_AT_ONCE = 2**20
"""Features that a noise-free pass holds at a time; bounds the memory of wide layers behind them."""


def outputs_of(template: KerasTemplate, noisy: bool, trainable: Any, others: Any, X: Any) -> Any:
    """Return the raw outputs of rows, and the other variables as they are then."""
    return template.network.stateless_call(trainable, others, X, training=noisy)


def run_epoch(
    template: KerasTemplate, batch_size: int, tree: Tree, knobs: Any, X: Any, y: Any, rows: Any
) -> tuple[Tree, Any, Any, Any]:
    """Return state, loss of every step, outputs for the rows, and penalty at the end."""
    full = len(y) // batch_size
    first = [
        array[: full * batch_size].reshape(full, batch_size, *array.shape[1:]) for array in (X, y)
    ]
    step = partial(take_step, template, knobs)
    tree, losses = jax.lax.scan(step, tree, tuple(first))
    if len(y) > full * batch_size:
        tree, last = step(tree, (X[full * batch_size :], y[full * batch_size :]))
        losses = jnp.append(losses, last)
    trainable = template.ended(State(*tree)).trainable
    outputs, extra = _noise_free(template, (trainable, *tree[1:]), rows)
    return tree, losses, outputs, _penalty(template, trainable, knobs) + extra


def take_step(template: KerasTemplate, knobs: Any, tree: Tree, batch: Any) -> tuple[Tree, Any]:
    """Return the state after a step of the optimiser, and the loss before it."""
    trainable, others, moving = tree

    def objective(trainable: list[Any]) -> tuple[Any, Any]:
        outputs, moved, losses = template.network.stateless_call(
            trainable, others, batch[0], training=True, return_losses=True
        )
        loss = template.mean_loss(batch[1], outputs) + sum(losses)
        loss = loss + _penalty(template, trainable, knobs)
        return _scaled(template, moving, loss), (loss, moved)

    (_, (loss, others)), gradients = jax.value_and_grad(objective, has_aux=True)(trainable)
    weights = template.network.trainable_variables
    kernels = [weights[i] for i in template.kernels]
    with decaying(template.optimizer, kernels, knobs[2]):
        trainable, moving = template.optimizer.stateless_apply(moving, gradients, trainable)
    return (trainable, others, moving), loss


def _scaled(template: KerasTemplate, moving: list[Any], loss: Any) -> Any:
    """Return the loss times the scale of the optimiser, which divides the gradient by it again."""
    optimizer = template.optimizer
    mapping = list(zip(optimizer.variables, moving, strict=True))
    with load_keras().StatelessScope(state_mapping=mapping):
        return optimizer.scale_loss(loss)


def _penalty(template: KerasTemplate, trainable: list[Any], knobs: Any) -> Any:
    kernels = [trainable[i] for i in template.kernels]
    absolute = sum(jnp.sum(jnp.abs(kernel)) for kernel in kernels)
    squares = sum(jnp.sum(jnp.square(kernel)) for kernel in kernels)
    return knobs[0] * absolute + knobs[1] / 2 * squares


def _noise_free(template: KerasTemplate, tree: Tree, rows: Any) -> tuple[Any, Any]:
    """Return the outputs for the rows, a bounded number at a time, and the network's own penalty."""
    size = max(ROWS_AT_ONCE, _NUMBERS_AT_ONCE // max(1, int(np.prod(rows.shape[1:]))))

    def evaluate(X: Any) -> tuple[Any, Any]:
        outputs, _, losses = template.network.stateless_call(
            tree[0], tree[1], X, training=False, return_losses=True
        )
        return outputs, jnp.asarray(sum(losses), dtype=jnp.float32)

    full = len(rows) // size
    pieces, extra = [], jnp.float32(0)
    if full:
        whole = rows[: full * size].reshape(full, size, *rows.shape[1:])
        outputs, losses = jax.lax.map(evaluate, whole)
        pieces.append(outputs.reshape(full * size, *outputs.shape[2:]))
        extra = losses[-1]
    if len(rows) > full * size:
        outputs, extra = evaluate(rows[full * size :])
        pieces.append(outputs)
    return jnp.concatenate(pieces), extra
