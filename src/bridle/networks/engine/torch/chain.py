"""Chains: modules whose runs can be trained side by side, with stacked weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from bridle.dropout.torch_modules.draws import bernoulli
from bridle.dropout.torch_modules.masks import Dropout
from bridle.networks.template.torch.torch_template import TorchTemplate

__all__ = ["Chain", "Noise", "chain_of", "run_chain"]

_ELEMENTWISE = (
    *(nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.SELU, nn.LeakyReLU, nn.Softplus),
    *(nn.Identity, nn.Hardtanh, nn.ReLU6, nn.Mish),
)
"""Activations that act on each number alone, so that an axis in front changes nothing."""


@dataclass(frozen=True)
class Chain:
    """A sequence of dense layers, activations and dropouts.

    Attributes
    ----------
    steps : tuple
        A pair of positions of weight and bias (or None) for a dense layer; an int, the position of a
        source of noise, for a dropout; a module for an activation; None for a flattening.
    """

    steps: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Noise:
    """Rates and places of masks in a step, of runs side by side.

    Attributes
    ----------
    rates : sequence of float
        Of each run.
    places : list of list of [int, int]
        Key and counter by run and source; counters move on with each draw.
    """

    rates: Sequence[float]
    places: list[list[list[int]]]


def chain_of(template: TorchTemplate) -> Chain | None:
    """Return a module as a chain; None if it is not one, or has buffers or shared weights."""
    if "chain" not in template.programs:
        template.programs["chain"] = _read(template)
    return template.programs["chain"]


def _read(template: TorchTemplate) -> Chain | None:
    if type(template.network) is not nn.Sequential or template.buffers:
        return None
    places = {id(parameter): i for i, parameter in enumerate(template.parameters())}
    sources = {id(source): i for i, source in enumerate(template.sources)}
    steps: list[Any] = []
    for leaf in _leaves(template.network):
        if _is_hooked(leaf):
            return None
        if type(leaf) is nn.Linear:
            bias = None if leaf.bias is None else places[id(leaf.bias)]
            steps.append((places[id(leaf.weight)], bias))
        elif type(leaf) is Dropout:
            steps.append(sources[id(leaf.noise)])
        elif type(leaf) in _ELEMENTWISE:
            steps.append(leaf)
        elif type(leaf) is nn.Flatten and (leaf.start_dim, leaf.end_dim) == (1, -1):
            steps.append(None)
        else:
            return None
    used = [i for step in steps if isinstance(step, tuple) for i in step if i is not None]
    return Chain(tuple(steps)) if sorted(used) == list(range(len(places))) else None


def _leaves(module: nn.Module) -> list[nn.Module]:
    if type(module) is not nn.Sequential:
        return [module]
    return [leaf for child in module for leaf in _leaves(child)]


def _is_hooked(module: nn.Module) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks or module._backward_hooks)


def run_chain(
    chain: Chain, weights: Sequence[Tensor], X: Tensor, noise: Noise | None = None
) -> Tensor:
    """Return the outputs of runs side by side.

    Parameters
    ----------
    chain : Chain
    weights : sequence of Tensor
        Stacked, of shape (runs, ...).
    X : Tensor of shape (runs, n, ...)
    noise : Noise, optional
        Default: the noise is off.
    """
    for step in chain.steps:
        if step is None:
            X = X.flatten(2)
        elif isinstance(step, tuple):
            kernel, bias = weights[step[0]], step[1]
            if bias is None:
                X = torch.bmm(X, kernel.transpose(1, 2))
            else:
                X = torch.baddbmm(weights[bias].unsqueeze(1), X, kernel.transpose(1, 2))
        elif isinstance(step, int):
            X = X if noise is None else _dropped(X, step, noise)
        else:
            X = step(X)
    return X


def _dropped(X: Tensor, source: int, noise: Noise) -> Tensor:
    """Return activations times the masks that each run would draw alone."""
    held = [places[source] for places in noise.places]
    masks = None
    for run, (place, rate) in enumerate(zip(held, noise.rates, strict=True)):
        if rate:
            if masks is None:
                masks = torch.ones_like(X, requires_grad=False)
            drawn = torch.tensor(rate, dtype=torch.float64)
            masks[run] = bernoulli(X[run], torch.tensor(place), X.shape[1:], drawn)
            place[1] += 1  # at rate 0 nothing is drawn
    return X if masks is None else X * masks
