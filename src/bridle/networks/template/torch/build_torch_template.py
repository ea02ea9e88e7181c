"""Building of templates of PyTorch modules: of the user's, and of the recipe's."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from bridle.networks.output_kind import Kind
from bridle.networks.own.building.same_build import (
    refuse_other_shapes,
    refuse_other_weights,
    refuse_width,
)
from bridle.networks.own.drawn_weights import WIDE_DRAWS
from bridle.networks.own.head import Link, link_of_outputs
from bridle.networks.own.own_network import kind_of, outputs_for
from bridle.networks.own.torch.built_module import Built, built_module
from bridle.networks.own.torch.module_rows import (
    asked_by_module,
    ends_in_dense,
    first_outputs,
    outputs_under_draws,
    probe,
)
from bridle.networks.own.torch.plain_module import prepared, refuse_noise
from bridle.networks.recipe import LEARNING_RATE, Recipe
from bridle.networks.sources import Structure
from bridle.networks.template.torch.recipe_module import recipe_module
from bridle.networks.template.torch.torch_template import (
    TorchTemplate,
    device,
    noise_sources,
    values_by_name,
)
from bridle.types import AnyArray

__all__ = ["build_torch_template", "prepared_module"]

_DRAWS = (
    "Draw the weights with PyTorch's global generator, random or numpy.random, without a separate "
    "generator; or pass a module."
)

_FIRST_SEED = 0
"""Seed for building the one module that all runs use with different weights."""


def build_torch_template(structure: Structure) -> TorchTemplate:
    """Build the module of a structure.

    Raises
    ------
    InputError
        The user's module does not fit the data, cannot be trained by a study, or differs each time
        it is built.
    """
    n_outputs = outputs_for(structure.n_classes)
    built, module, obstacle = prepared_module(structure, _FIRST_SEED)
    features = structure.features
    width = _width(first_outputs(module, features))
    refuse_width(width, n_outputs, structure.n_classes)
    kind = kind_of(width, structure.n_classes, structure.numbers)
    asked = asked_by_module(module, features)
    rows = probe(asked.features, features)
    link = _link(module, rows, kind)
    refuse_noise(module, rows)
    blueprint = None if built.optimizer is None else _moved(built, module)
    given = structure.source
    names, buffers = _names(built.module, module)
    held = values_by_name(module)
    template = TorchTemplate(
        network=module.to(device()),
        kind=kind,
        link=link,
        n_classes=structure.n_classes,
        kernels=tuple(i for i, name in enumerate(names) if held[name].ndim > 1),
        rates=_places(module, len(buffers), 0),
        streams=_places(module, len(buffers), 1),
        names=names,
        buffers=buffers,
        obstacle=obstacle,
        features=asked.features,
        codes=asked.codes,
        loss=None,
        programs={},
        initial=_initial(structure, module, names, buffers),
        blueprint=blueprint,
        learning_rate=given.learning_rate if isinstance(given, Recipe) else LEARNING_RATE,
        max_norm=structure.max_norm,
    )
    if not isinstance(given, nn.Module):
        held_values = [
            value for part in _values(template.network, names, buffers) for value in part
        ]
        again = [value for part in template.initial(_FIRST_SEED) for value in part]
        refuse_other_weights(zip(held_values, again, strict=True), _DRAWS)
    return template


def _link(module: nn.Module, rows: torch.Tensor, kind: Kind) -> Link:
    """Return "linear" for outputs of a dense layer, else the kind by their range under drawn weights."""
    if ends_in_dense(module, rows):
        return "linear"
    return link_of_outputs(outputs_under_draws(module, rows, WIDE_DRAWS), kind)


def prepared_module(structure: Structure, seed: int) -> tuple[Built, nn.Module, str]:
    """Return what was built under a seed, the module for training, and why it has no dropout.

    Raises
    ------
    InputError
        See `built_module`.
    """
    if isinstance(structure.source, Recipe):
        width = outputs_for(structure.n_classes)
        module = recipe_module(
            structure.source,
            structure.shape,
            width,
            seed,
            batch_norm=structure.batch_norm,
            output_bias=structure.has_output_bias,
        )
        obstacle = "it has batch normalisation instead." if structure.batch_norm else ""
        return Built(module), module, obstacle
    structure.refuse_batch_norm()
    n_outputs = outputs_for(structure.n_classes)
    built = built_module(structure.source, structure.features, n_outputs, seed)
    module, obstacle = prepared(built.module)
    return built, module, obstacle


def _initial(
    structure: Structure, like: nn.Module, names: tuple[str, ...], buffers: tuple[str, ...]
) -> Any:
    """Return a function that builds a module under a seed and returns its weights and buffers."""
    first = _values(like, names, buffers)
    if isinstance(structure.source, nn.Module):
        return lambda seed: (list(first[0]), list(first[1]))
    shapes = [tuple(tensor.shape) for part in first for tensor in part]

    def initial(seed: int) -> tuple[list[AnyArray], list[AnyArray]]:
        found = _values(prepared_module(structure, seed)[1], names, buffers)
        again = [tuple(tensor.shape) for part in found for tensor in part]
        refuse_other_shapes(again, shapes, seed)
        return found

    return initial


def _names(built: nn.Module, module: nn.Module) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names of trained and of other values, in the order of the original."""
    held, seen = values_by_name(module), set()
    trained: list[str] = []
    others: list[str] = []
    for name in dict.fromkeys([*values_by_name(built), *held]):
        state = held.get(name)
        if state is None or id(state) in seen:
            continue
        seen.add(id(state))
        (trained if state.requires_grad else others).append(name)
    return tuple(trained), tuple(others)


def _values(
    module: nn.Module, names: tuple[str, ...], buffers: tuple[str, ...]
) -> tuple[list[AnyArray], list[AnyArray]]:
    """Return copies of values by name; those that are not there are empty."""
    held, empty = values_by_name(module), torch.empty(0)
    weights, others = (
        [np.array(held.get(name, empty).detach().cpu().numpy()) for name in part]
        for part in (names, buffers)
    )
    return weights, others


def _moved(built: Built, module: nn.Module) -> torch.optim.Optimizer:
    """Return the optimiser of what was built, moved to the parameters of its copy."""
    assert built.optimizer is not None
    named = {id(parameter): name for name, parameter in built.module.named_parameters()}
    copies = dict(module.named_parameters())
    for group in built.optimizer.param_groups:
        group["params"] = [copies[named[id(parameter)]] for parameter in group["params"]]
    return built.optimizer


def _places(module: nn.Module, first: int, part: int) -> tuple[int, ...]:
    """Return the positions of rates (0) or of places of masks (1) after the ``first`` buffers."""
    n = len(noise_sources(module))
    return tuple(range(first + part * n, first + (part + 1) * n))


def _width(outputs: torch.Tensor) -> int:
    return outputs.shape[1] if outputs.ndim == 2 else 1
