"""The proximal step on Keras: a constraint of each kernel, which acts after the optimiser's update."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError
from bridle.networks.penalty.keras_optimizers import with_steps
from bridle.networks.penalty.nearest import By
from bridle.networks.penalty.proximal_constraint import ProximalConstraint, constraint_after
from bridle.networks.penalty.strengths import strengths_by_row
from bridle.optimizers import leaf_optimizers
from bridle.types import AnyArray

__all__ = ["add_step", "kernel_array"]


def add_step(model: Any, penalty: ElasticNetPenalty, layers: Any, by: By, optimizer: None) -> None:
    """Add the step, as `bridle.networks.penalty.add_proximal_step`; the model has its optimiser."""
    kernels = _kernels(model, layers)
    _optimizer_with_steps(model)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    strengths = [strengths_by_row(penalty, kernel.shape[-2]) for kernel in kernels]
    own = partial(_optimizer_with_steps, model)
    for kernel, (l1, l2) in zip(kernels, strengths, strict=True):
        kernel.constraint = ProximalConstraint(own, kernel, l1, l2, by, constraint_after(kernel))
    # Keras would keep the compiled training step of an earlier fit, without this step.
    model.train_function = None


def kernel_array(layer: Any) -> AnyArray:
    """Return the kernel of a layer, of shape (..., inputs, outputs)."""
    return np.asarray(load_keras().ops.convert_to_numpy(layer.kernel))


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


_NOT_KNOWN = ("clipnorm", "clipvalue", "global_clipnorm", "use_ema")


def _optimizer_with_steps(model: Any) -> Any:
    """Return the optimiser that updates the weights, made one with proximal steps."""
    optimizer: Any = model.optimizer if model.compiled else None
    leaves = [] if optimizer is None else leaf_optimizers(optimizer)
    kind = with_steps(type(leaves[0])) if len(leaves) == 1 else None
    if kind is None:
        raise InputError(
            "model must be compiled with SGD, Adam or AdamW, whose step sizes are known. Received: "
            f"{model.name!r} with {type(optimizer).__name__}."
        )
    leaf = leaves[0]
    for name in _NOT_KNOWN:
        if value := getattr(leaf, name):
            raise InputError(
                f"model must be compiled with an optimiser without {name}, which the proximal step "
                f"does not support. Received: {name}={value!r}. Remove it; a lower learning rate "
                "also stabilises training."
            )
    # The same object, since the user may hold it; and what files hold, which may be its name.
    leaf.__class__ = kind
    settings = model._compile_config.config
    if isinstance(settings["optimizer"], (str, dict)):
        settings["optimizer"] = leaf
    return leaf
