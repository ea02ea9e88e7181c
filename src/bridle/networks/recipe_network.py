"""The default network in Keras, with its initial weights; see `bridle.networks.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bridle import streams
from bridle.backend import load_keras
from bridle.networks.image_axes import channels_come_first
from bridle.networks.kinds.hidden_layers import ConvolutionLayer, DenseLayer, RecurrentLayer
from bridle.networks.patch_convolution import convolve_by_patches
from bridle.networks.recipe import Recipe
from bridle.types import AnyArray

__all__ = ["is_kernel", "recipe_kernel", "recipe_network"]

MakeDropout = Callable[[int, int], list[Any]]
"""Returns the dropout after a layer with this many axes of positions, at this place."""


def recipe_network(
    recipe: Recipe,
    shape: tuple[int, ...],
    n_outputs: int,
    *,
    batch_norm: bool = False,
    fixed: bool = False,
    output_bias: bool = True,
    seed: int = 0,
) -> Any:
    """Return the network of a recipe; there is no dropout after its output layer.

    The weights of kernel i come from the stream "initialisation", i. So networks that differ only in
    their rate start from the same weights bit for bit.

    Parameters
    ----------
    recipe : Recipe
    shape : tuple of int
        Shape of one row.
    n_outputs : int
    batch_norm : bool
        Whether it has batch normalisation before each activation, instead of dropout. Default False.
    fixed : bool
        Whether it has Keras's own dropout, at the recipe's rate and with the masks of ``seed``; none
        at rate 0. Default False: bridle's dropout at rate 0, whose rates and masks are set for each
        training. Only for dense layers.
    output_bias : bool
        Whether the output layer has a bias. Default True.
    seed : int
        Root seed of the random streams. Default 0.

    Returns
    -------
    keras.Sequential
        Compiled with Adam.
    """
    keras = load_keras()
    network = keras.Sequential([keras.Input(shape)])
    dropout = _fixed_dropout(recipe.rate, seed) if fixed else _settable_dropout
    for layer in _layers(recipe, shape, None if batch_norm else dropout):
        network.add(layer)
    # Keras knows no output shape of a network without layers.
    if len(network.output_shape if network.layers else (None, *shape)) > 2:
        network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(n_outputs, use_bias=output_bias))
    network.compile(keras.optimizers.Adam(float(recipe.learning_rate)))
    kernels = [variable for variable in network.trainable_variables if is_kernel(variable)]
    for index, kernel in enumerate(kernels):
        kernel.assign(recipe_kernel(kernel, seed, index))
    return network


def recipe_kernel(kernel: Any, seed: int, index: int) -> AnyArray:
    """Return the initial values of a kernel of a recipe's network, from a random stream of its own.

    Uniform by Glorot's rule; the kernel of a recurrent state is orthogonal.

    Parameters
    ----------
    kernel : keras.Variable
    seed : int
        Root seed.
    index : int
        Index of the kernel in the network, from 0.

    References
    ----------
    Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks"; Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks".
    """
    keras, key = load_keras(), streams.integer(seed, "initialisation", index)
    is_state = kernel.name == "recurrent_kernel"
    draw = (keras.initializers.Orthogonal if is_state else keras.initializers.GlorotUniform)(
        seed=key
    )
    return np.array(keras.ops.convert_to_numpy(draw(tuple(kernel.shape), "float32")))


def is_kernel(variable: Any) -> bool:
    """Return whether a variable of Keras is a kernel: of two axes or more, and no bias of a GRU."""
    return len(variable.shape) > 1 and variable.name != "bias"


def _layers(recipe: Recipe, shape: tuple[int, ...], dropout: MakeDropout | None) -> Iterator[Any]:
    """Yield the layers before the output layer, with batch normalisation if there is no dropout."""
    from bridle.dropout.keras_layers import DropoutGRU

    layers, is_flat = load_keras().layers, len(shape) == 1
    places = iter(range(2 * len(recipe.hidden)))
    for step in recipe.layers:
        if isinstance(step, RecurrentLayer):
            is_flat = True
            if dropout is None:
                yield layers.GRU(step.units)
            else:
                gru = DropoutGRU(step.units, recurrent_dropout=0.5, seed=next(places))
                gru.recurrent_dropout = 0.0  # a rate that is 0 at construction cannot be set
                yield gru
        elif isinstance(step, DenseLayer):
            if not is_flat:
                yield layers.Flatten()
                is_flat = True
            yield layers.Dense(step.units)
        else:
            if channels_come_first(shape):
                yield layers.Permute((2, 3, 1))
                shape = (*shape[1:], shape[0])
            yield from _convolution(step, len(shape) - 1)
        if dropout is None:
            yield layers.BatchNormalization()
        if not isinstance(step, RecurrentLayer):
            yield layers.ReLU()
        if dropout is not None:
            axes = len(shape) - 1 if isinstance(step, ConvolutionLayer) else 0
            yield from dropout(axes, next(places))


def _convolution(step: ConvolutionLayer, n_axes: int) -> Iterator[Any]:
    """Yield a padding, alike on both ends as PyTorch has it, and the convolution."""
    layers = load_keras().layers
    padding, kind = {
        1: (layers.ZeroPadding1D, layers.Conv1D),
        2: (layers.ZeroPadding2D, layers.Conv2D),
    }[n_axes]
    settings = {"strides": step.stride, "data_format": "channels_last"}
    yield padding(step.window // 2, data_format="channels_last")
    convolution = kind(step.units, step.window, **settings)
    convolve_by_patches(convolution)
    yield convolution


def _settable_dropout(n_axes: int, place: int) -> list[Any]:
    """Return bridle's dropout at rate 0, of whole channels along ``n_axes`` axes or of units."""
    from bridle.dropout.keras_layers import Dropout, SpatialDropout1D, SpatialDropout2D

    kinds: tuple[Any, ...] = (Dropout, SpatialDropout1D, SpatialDropout2D)
    return [kinds[n_axes](0.0, seed=place)]


def _fixed_dropout(rate: float, seed: int) -> MakeDropout:
    def dropout(n_axes: int, place: int) -> list[Any]:
        if not rate:
            return []
        return [load_keras().layers.Dropout(rate, seed=streams.noise_seed(seed, place))]

    return dropout
