"""Copy of a PyTorch network for surgery, or the reason why it cannot be copied."""

from __future__ import annotations

import warnings
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from bridle.errors import BridleWarning, InputError

__all__ = ["copied", "gradient_hooks", "require_no_wrapper"]

WRAPPERS: tuple[tuple[str, str], ...] = (
    ("OptimizedModule", "_orig_mod"),
    ("DataParallel", "module"),
    ("DistributedDataParallel", "module"),
)
"""Classes of PyTorch's around a network, and the attribute that holds it."""


def copied(model: nn.Module) -> nn.Module:
    """Return a copy of a network, of the same weights.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed.

    Raises
    ------
    InputError
        A part is compiled by torch.jit, so that its code is fixed; or the network holds an object
        that cannot be copied.

    Warns
    -----
    BridleWarning
        Parameters have hooks, which PyTorch does not copy.
    """
    for path, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            part = f"its part {path!r}" if path else "it"
            raise InputError(
                f"The network {type(model).__name__!r} cannot be cut: {part} is compiled by torch.jit, "
                "so that its dropout is part of a program. Cut the network first, and script or trace "
                "the result."
            )
    try:
        made = deepcopy(model, _derived_weights(model))
    except Exception as error:  # modules may hold objects of any type
        raise InputError(
            f"The network {type(model).__name__!r} cannot be cut: a copy of it cannot be made. "
            f"copy.deepcopy says: {error}"
        ) from error
    if hooked := gradient_hooks(model):
        warnings.warn(
            f"The hooks of {', '.join(map(repr, hooked[:3]))}{', …' if len(hooked) > 3 else ''}, which "
            "change or read gradients, are not in the new network. Register them on its parameters.",
            BridleWarning,
            stacklevel=5,
        )
    return made


def gradient_hooks(model: nn.Module) -> list[str]:
    """Return the names of parameters with hooks of their gradients, which no copy has."""
    return [
        name
        for name, parameter in model.named_parameters()
        if parameter._backward_hooks or parameter._post_accumulate_grad_hooks
    ]


def require_no_wrapper(model: nn.Module) -> None:
    """Raise an error for a wrapper of PyTorch, which names the attribute with the network.

    Raises
    ------
    InputError
        The model is such a wrapper.
    """
    for name, attribute in WRAPPERS:
        if type(model).__name__ == name and type(model).__module__.startswith("torch."):
            raise InputError(
                f"model must be a network itself. Received: a {name} around one. Cut "
                f"model.{attribute}, and wrap the result."
            )


def _derived_weights(model: nn.Module) -> dict[int, Any]:
    """Return copies of the weights that torch.nn.utils.weight_norm computes anew at each call.

    They are results with a gradient, which deepcopy refuses.
    """
    found: dict[int, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.nn.utils.weight_norm import WeightNorm
    for module in model.modules():
        for hook in module._forward_pre_hooks.values():
            weight = vars(module).get(hook.name) if isinstance(hook, WeightNorm) else None
            if isinstance(weight, Tensor):
                found[id(weight)] = weight.detach().clone()
    return found
