"""The default network in PyTorch, with its initial weights; see `bridle.networks.kinds`."""

from __future__ import annotations

from itertools import count
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bridle import streams
from bridle.dropout.torch_modules import Dropout, DropoutGRU, SpatialDropout1d, SpatialDropout2d
from bridle.networks.image_axes import channels_come_first
from bridle.networks.kinds.hidden_layers import (
    ConvolutionLayer,
    DenseLayer,
    HiddenLayer,
    RecurrentLayer,
)
from bridle.networks.recipe import Recipe
from bridle.types import AnyArray

__all__ = ["recipe_module"]

Shape = tuple[int, ...]


def recipe_module(
    recipe: Recipe,
    shape: Shape,
    n_outputs: int,
    seed: int,
    *,
    batch_norm: bool = False,
    output_bias: bool = True,
) -> nn.Module:
    """Return the network of a recipe with dropout at rate 0.

    Kernel i is drawn from the stream "initialisation", i: uniform by Glorot's rule, or orthogonal if it
    is that of a recurrent state. Biases are 0. A convolution's outputs are flattened with their channels
    last, so that the weights of Keras and PyTorch have the same order.

    Parameters
    ----------
    recipe : Recipe
    shape : tuple of int
        Shape of one row.
    n_outputs : int
    seed : int
        Root seed of the random streams.
    batch_norm : bool
        Whether it has batch normalisation before each activation, instead of dropout. Default False.
    output_bias : bool
        Whether the output layer has a bias. Default True.
    """
    steps, seeds = recipe.layers, count()
    layers, shape = _beginning(steps[0], shape)
    for before, step in zip((None, *steps), steps, strict=False):
        if isinstance(before, ConvolutionLayer) and isinstance(step, DenseLayer):
            layers += [Moved(1, -1), nn.Flatten()]
            shape = (prod(shape),)
        computed, shape = _computation(step, shape, batch_norm=batch_norm, seed=next(seeds))
        layers += [*computed, *_followers(step, shape, batch_norm=batch_norm, seed=next(seeds))]
    module = nn.Sequential(*layers, nn.Linear(shape[0], n_outputs, bias=output_bias))
    _initialise(module, seed)
    return module


class Moved(nn.Module):
    """Moves the channel axis to the position that the next layer expects."""

    def __init__(self, source: int, target: int) -> None:
        super().__init__()
        self.source, self.target = source, target

    def forward(self, x: Tensor) -> Tensor:
        """Return the input with its axes in another order."""
        return x.movedim(self.source, self.target)


class LastState(nn.Module):
    """A recurrent layer that returns only the state after the last time step."""

    def __init__(self, layer: nn.GRU) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Return the last state, of shape (n, units)."""
        return self.layer(x)[0][:, -1]


def _beginning(first: HiddenLayer, shape: Shape) -> tuple[list[nn.Module], Shape]:
    """Return modules that bring rows into the form of the first layer, and the new shape of a row."""
    if isinstance(first, DenseLayer):
        return [nn.Flatten()], (prod(shape),)
    if isinstance(first, RecurrentLayer) or channels_come_first(shape):
        return [], shape
    return [Moved(-1, 1)], (shape[-1], *shape[:-1])


def _computation(
    step: HiddenLayer, shape: Shape, *, batch_norm: bool, seed: int
) -> tuple[list[nn.Module], Shape]:
    """Return the layer with weights, and the shape of a row after it."""
    if isinstance(step, DenseLayer):
        return [nn.Linear(shape[0], step.units)], (step.units,)
    if isinstance(step, RecurrentLayer):
        sizes: dict[str, Any] = {"batch_first": True}
        if batch_norm:
            return [LastState(nn.GRU(shape[-1], step.units, **sizes))], (step.units,)
        gru = DropoutGRU(shape[-1], step.units, recurrent_dropout=0.0, seed=seed, **sizes)
        return [LastState(gru)], (step.units,)
    kind = nn.Conv1d if len(shape) == 2 else nn.Conv2d
    made = kind(shape[0], step.units, step.window, step.stride, padding=step.window // 2)
    return [made], (step.units, *(-(-length // step.stride) for length in shape[1:]))


def _followers(step: HiddenLayer, shape: Shape, *, batch_norm: bool, seed: int) -> list[nn.Module]:
    """Return normalisation, activation and dropout, as they follow a layer of these outputs."""
    kinds: dict[int, tuple[Any, Any]] = {
        1: (nn.BatchNorm1d, Dropout),
        2: (nn.BatchNorm1d, SpatialDropout1d),
        3: (nn.BatchNorm2d, SpatialDropout2d),
    }
    norm, dropout = kinds[len(shape)]
    found = [norm(step.units)] if batch_norm else []
    found += [] if isinstance(step, RecurrentLayer) else [nn.ReLU()]
    return found if batch_norm else [*found, dropout(0.0, seed=seed)]


def _initialise(module: nn.Module, seed: int) -> None:
    index = count()
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if weight.ndim > 1:
                rng = streams.generator(seed, "initialisation", next(index))
                draw = _orthogonal if "weight_hh" in name else _uniform
                weight.copy_(torch.from_numpy(draw(rng, tuple(weight.shape)).astype(np.float32)))
            elif "bias" in name:
                weight.zero_()


def _uniform(rng: np.random.Generator, shape: Shape) -> AnyArray:
    """Return a kernel drawn by the rule of Glorot and Bengio (2010)."""
    limit = np.sqrt(6 / ((shape[0] + shape[1]) * prod(shape[2:])))
    return rng.uniform(-limit, limit, shape)


def _orthogonal(rng: np.random.Generator, shape: Shape) -> AnyArray:
    """Return a kernel with orthonormal columns, as Saxe et al. (2014) draw it."""
    vectors, triangle = np.linalg.qr(rng.standard_normal(shape))
    return vectors * np.sign(np.diagonal(triangle))
