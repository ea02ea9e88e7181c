"""The proximal step on Keras: a constraint of each kernel, which acts after the optimiser's update."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError
from bridle.networks.penalty.nearest import By, nearest
from bridle.networks.penalty.strengths import Rows, strengths_by_row
from bridle.optimizers import leaf_optimizers
from bridle.types import AnyArray

__all__ = ["add_step", "kernel_array"]

keras = load_keras()
ops = keras.ops
kinds = keras.optimizers


def add_step(model: Any, penalty: ElasticNetPenalty, layers: Any, by: By, optimizer: None) -> None:
    """Add the step, as `bridle.networks.penalty.add_proximal_step`; the model has its optimiser."""
    kernels = _kernels(model, layers)
    _known_optimizer(model)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    strengths = [strengths_by_row(penalty, kernel.shape[-2]) for kernel in kernels]
    for kernel, (l1, l2) in zip(kernels, strengths, strict=True):
        earlier = kernel.constraint
        then = earlier.then if isinstance(earlier, ProximalStep) else earlier
        kernel.constraint = ProximalStep(model, kernel, l1, l2, by, then)
    # Keras would keep the compiled training step of an earlier fit, without this step.
    model.train_function = None


def kernel_array(layer: Any) -> AnyArray:
    """Return the kernel of a layer, of shape (..., inputs, outputs)."""
    return np.asarray(ops.convert_to_numpy(layer.kernel))


@dataclass(frozen=True, eq=False)
class ProximalStep:
    """The proximal step of one kernel, as a constraint, which Keras applies after each update.

    Parameters
    ----------
    model : keras.Model
        The model whose optimiser determines the step sizes.
    kernel : keras.Variable
        The weights.
    l1, l2 : ndarray of shape (inputs, 1)
        Strengths for the outgoing weights of each input; inf excludes an input.
    by : {"weight", "input"}
        What becomes zero together.
    then : callable, optional
        A constraint to apply afterwards.
    """

    model: Any
    kernel: Any
    l1: Rows
    l2: Rows
    by: By
    then: Callable[[Any], Any] | None = None

    def __call__(self, z: Any) -> Any:
        """Return the weights after the step."""
        # Looked up at each trace, since the model may have been compiled again.
        optimizer = _known_optimizer(self.model)
        z = ops.convert_to_tensor(z)
        if (gathered := optimizer.gradient_accumulation_steps) is None:
            w = self._nearest(z, optimizer)
        else:
            batches = optimizer._iterations + 1  # the counter has not been advanced yet
            w = ops.where(ops.equal(batches % gathered, 0), self._nearest(z, optimizer), z)
        return w if self.then is None else self.then(w)

    def _nearest(self, z: Any, optimizer: Any) -> Any:
        """Return the minimiser w of the module's formula for updated weights z."""
        step = ops.broadcast_to(ops.cast(self._lengths(optimizer), z.dtype), z.shape)
        kept = np.isfinite(self.l1)
        l1, l2 = (ops.cast(np.where(kept, value, 0.0), z.dtype) for value in (self.l1, self.l2))
        return nearest(z, step, l1, l2, ops.cast(kept, z.dtype), by=self.by, ops=ops)

    def _lengths(self, adam: Any) -> Any:
        """Return the optimiser's step size s_j of each weight."""
        rate = ops.cast(adam.learning_rate, "float32")
        if not isinstance(adam, kinds.Adam):
            # With momentum, a constant gradient g moves a weight by this times g per step in the
            # limit.
            return rate / (1.0 - adam.momentum)
        # The number of the update that was just made.
        made = ops.cast(adam.iterations + 1, "float32")
        rate = rate * ops.sqrt(1.0 - ops.power(ops.cast(adam.beta_2, "float32"), made))
        squares = adam._velocity_hats if adam.amsgrad else adam._velocities
        index = adam._get_variable_index(self.kernel)
        return rate / (ops.sqrt(squares[index]) + adam.epsilon)


def _kernels(model: Any, layers: Any) -> list[Any]:
    trained = {id(variable) for variable in model.trainable_variables}
    if layers is None:
        found = [getattr(layer, "kernel", None) for layer in model._flatten_layers()]
        kernels = [kernel for kernel in found if id(kernel) in trained]
    else:
        kernels = [getattr(layer, "kernel", None) for layer in layers]
    if not kernels or any(id(kernel) not in trained for kernel in kernels):
        raise InputError(
            "layers must be trainable layers of the model, each with a kernel, and the model must "
            f"be built. Received: layers={layers!r} for {model.name!r}."
        )
    return kernels


_KNOWN = {type(kind()) for kind in (kinds.SGD, kinds.Adam, kinds.AdamW)}
"""Exact types, since subclasses may take other steps; of instances, since on PyTorch Keras replaces
the classes by others."""

_NOT_KNOWN = ("clipnorm", "clipvalue", "global_clipnorm", "use_ema")


def _known_optimizer(model: Any) -> Any:
    """Return the optimiser that updates the weights."""
    optimizer: Any = model.optimizer if model.compiled else None
    leaves = [] if optimizer is None else leaf_optimizers(optimizer)
    if len(leaves) != 1 or type(leaves[0]) not in _KNOWN:
        raise InputError(
            "model must be compiled with SGD, Adam or AdamW, whose step sizes are known. Received: "
            f"{model.name!r} with {type(optimizer).__name__}."
        )
    for name in _NOT_KNOWN:
        if value := getattr(leaves[0], name):
            raise InputError(
                f"model must be compiled with an optimiser without {name}, which the proximal step "
                f"does not support. Received: {name}={value!r}. Remove it; a lower learning rate "
                "also stabilises training."
            )
    return leaves[0]
