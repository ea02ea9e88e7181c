"""Kernels of a PyTorch network: the weights of its dense layers and convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor, nn

from bridle.errors import InputError
from bridle.types import AnyArray

__all__ = ["KERNEL_LAYERS", "as_rows", "kernel_array", "kernels"]

KERNEL_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
"""Layers whose weight has the shape (outputs, inputs, ...)."""


def kernels(model: nn.Module, layers: Any) -> list[nn.Parameter]:
    """Return the kernels of some layers; of all that are trained if ``layers`` is None.

    Raises
    ------
    InputError
        There is no kernel, or a layer is not part of the model or has no trained kernel.
    """
    found = [module for module in model.modules() if _has_kernel(module)]
    if layers is not None:
        known = {id(layer) for layer in found}
        given = list(layers)
        found = given if all(id(layer) in known for layer in given) else []
    weights = list({id(layer.weight): layer.weight for layer in found}.values())
    if not weights:
        raise InputError(
            "layers must be Linear, Conv1d, Conv2d or Conv3d of the model, each with a weight that "
            f"is trained. Received: layers={layers!r} for {type(model).__name__}."
        )
    return weights


def _has_kernel(layer: nn.Module) -> bool:
    # A weight computed by weight_norm is not a parameter; a lazy layer has none yet.
    return (
        isinstance(layer, KERNEL_LAYERS)
        and type(layer.weight) is nn.Parameter
        and layer.weight.requires_grad
    )


def as_rows(weight: Tensor) -> Tensor:
    """Return a view of shape (..., inputs, outputs)."""
    return weight.movedim((0, 1), (-1, -2))


def kernel_array(layer: Any) -> AnyArray:
    """Return the kernel of a layer, of shape (..., inputs, outputs)."""
    return np.asarray(as_rows(layer.weight.detach()).cpu())
