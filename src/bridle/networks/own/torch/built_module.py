"""The user's PyTorch module: a copy of it, or what a function of theirs builds."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from bridle import streams
from bridle.dropout.surgery.torch.copying import gradient_hooks
from bridle.errors import InputError
from bridle.networks.own.building.call_builder import call_builder
from bridle.networks.own.building.global_seeds import global_seeds
from bridle.networks.own.torch.module_rows import first_outputs

__all__ = ["OPTIMIZERS", "Built", "built_module"]

OPTIMIZERS = (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop)
"""Optimisers whose states are numbers for each weight, which start from 0."""


@dataclass(frozen=True)
class Built:
    """A module, and the optimiser that its builder made for it.

    Attributes
    ----------
    module : torch.nn.Module
    optimizer : torch.optim.Optimizer or None
        None if the study chooses it.
    """

    module: nn.Module
    optimizer: torch.optim.Optimizer | None = None


def built_module(given: Any, n_features: int | tuple[int, ...], n_outputs: int, seed: int) -> Built:
    """Return a copy of the user's module, or the module that the user's function builds.

    `bridle.networks.own.building.built_network.built_network` is the same for Keras.

    Parameters
    ----------
    given : torch.nn.Module or callable
        A function returns a module, or a pair of a module and an optimiser on its parameters.
    n_features : int or tuple of int
        Of one row.
    n_outputs : int
    seed : int
        Root of the stream that the function draws weights from.

    Raises
    ------
    InputError
        It cannot be copied, the function fails or returns something else, or the module or the
        optimiser cannot be trained by a study.
    """
    if isinstance(given, nn.Module):
        _refuse_hooks(given)
        try:
            built = Built(copy.deepcopy(given).cpu())
        except Exception as error:
            raise InputError(
                f"network must be a module that can be copied. Received: a module of class "
                f"{type(given).__name__}, with the error of copy.deepcopy: {error}. Give a function "
                "that builds it."
            ) from error
        _refuse_weights(built.module)
        return built
    with global_seeds(streams.integer(seed, "initialisation")):
        found = call_builder(given, n_features, n_outputs, "a network")
        built = _taken(found)
        _refuse_hooks(built.module)
        _refuse_weights(built.module)
        first_outputs(built.module, n_features)  # draws the weights that wait for a first call
    return built


def _taken(found: Any) -> Built:
    module, optimizer = found if isinstance(found, tuple) and len(found) == 2 else (found, None)
    if not isinstance(module, nn.Module):
        raise InputError(
            "network must build a torch.nn.Module, or a pair of a module and an optimiser. "
            f"Received: a function that returns {found!r}."
        )
    if optimizer is None:
        return Built(module.cpu())
    if type(optimizer) not in OPTIMIZERS:
        names = ", ".join(optimizer.__name__ for optimizer in OPTIMIZERS)
        raise InputError(
            f"network must build an optimiser of torch.optim, one of {names}. "
            f"Received: {type(optimizer).__name__}."
        )
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    own = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if {id(parameter) for parameter in held} != {id(parameter) for parameter in own}:
        raise InputError(
            "network must build an optimiser of exactly the module's trainable parameters. "
            f"Received: {type(optimizer).__name__} of {len(held)} parameters, which are not the "
            f"{len(own)} of the module."
        )
    _refuse_optimizer(optimizer)
    return Built(module, optimizer)


def _refuse_optimizer(optimizer: torch.optim.Optimizer) -> None:
    """Raise an error for what the optimisers of the runs, new ones with its options, would lack."""
    name = type(optimizer).__name__
    refused = {
        "dampening, whose first step differs": any(
            group.get("dampening") for group in optimizer.param_groups
        ),
        "differentiable": any(group["differentiable"] for group in optimizer.param_groups),
        "capturable on a CPU": not torch.cuda.is_available()
        and any(group.get("capturable") for group in optimizer.param_groups),
        "a schedule of its learning rate": any(
            "initial_lr" in group for group in optimizer.param_groups
        ),
        "hooks, such as those of add_proximal_step and add_max_norm": bool(
            optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks
        ),
        "steps taken": bool(optimizer.state),
    }
    for what, there in refused.items():
        if there:
            raise InputError(
                "network must build a new optimiser by its options alone, since each run gets one of "
                f"its own. Received: {name} with {what}."
            )


def _refuse_hooks(module: nn.Module) -> None:
    if hooked := gradient_hooks(module):
        raise InputError(
            "network must have parameters without hooks of their gradients, which copies for the runs "
            f"would lack. Received: a module with hooks of {hooked[0]!r}"
            f"{f' and {len(hooked) - 1} more' if len(hooked) > 1 else ''}."
        )


def _refuse_weights(module: nn.Module) -> None:
    if isinstance(module, torch.jit.ScriptModule):
        raise InputError(
            "network must be a module with Python code, from which its dropout is read. Received: a "
            "TorchScript module. Pass the module that it was compiled from."
        )
    weights = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not weights:
        raise InputError("network must have trainable parameters. Received: a module without any.")
    kinds = {str(weight.dtype) for weight in weights} - {"torch.float32"}
    if kinds:
        raise InputError(
            f"network must have parameters of torch.float32, as the features are. "
            f"Received: {min(kinds)}."
        )
