"""What a layer of Keras does with some of its units alone: which ones can, and how."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from bridle.dropout.backend import load_keras
from bridle.dropout.keras_layers.gather_blocks import gather_blocks
from bridle.dropout.subnetwork import Selection, Work

__all__ = [
    "computes",
    "flattens",
    "n_units_of",
    "only_some",
    "passes",
    "passes_zeros",
    "work_of",
]

keras = load_keras()
ops = keras.ops
layers = keras.layers

CONVOLUTIONS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)

UNIT_BY_UNIT = frozenset(
    [
        "celu",
        "elu",
        "exponential",
        "gelu",
        "hard_sigmoid",
        "hard_silu",
        "hard_tanh",
        "leaky_relu",
        "linear",
        "log_sigmoid",
        "mish",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "softsign",
        "tanh",
        "tanh_shrink",
    ]
)
"""Activations of one unit at a time: a softmax, for one, needs all of them."""

POOLING = tuple(
    getattr(layers, f"{which}{kind}Pooling{axes}D")
    for which in ("", "Global")
    for kind in ("Max", "Average")
    for axes in (1, 2, 3)
)


def computes(layer: Any) -> bool:
    """Say whether a layer makes units of which some can be computed alone.

    Dense layers, convolutions with the channels last and LSTM, with an activation of one unit at a
    time.
    """
    kind = type(layer)
    if kind is layers.LSTM:
        plain = not (layer.stateful or layer.return_state or layer.dropout)
        acts = _unit_by_unit(layer.activation) and _unit_by_unit(layer.recurrent_activation)
        return plain and not layer.recurrent_dropout and acts
    if kind in CONVOLUTIONS:
        last = layer.data_format == "channels_last" and layer.groups == 1
        return last and _unit_by_unit(layer.activation)
    return kind is layers.Dense and _unit_by_unit(layer.activation)


def passes(layer: Any) -> bool:
    """Say whether a layer handles each unit by itself."""
    if type(layer) is layers.Activation:
        return _unit_by_unit(layer.activation)
    return type(layer) in (layers.ReLU, layers.LeakyReLU, layers.ELU) or passes_zeros(layer)


def passes_zeros(layer: Any) -> bool:
    """Say whether it does so, and commutes with a factor per unit: pooling and flattening."""
    pools = type(layer) in (*POOLING, layers.Flatten)
    return pools and getattr(layer, "data_format", None) != "channels_first"


def flattens(layer: Any) -> bool:
    """Say whether a layer puts the units of all places side by side."""
    return type(layer) is layers.Flatten


def n_units_of(layer: Any) -> int:
    """Return the number of units, channels or states that a layer makes."""
    return int(layer.filters if type(layer) in CONVOLUTIONS else layer.units)


def work_of(layer: Any, output_shape: tuple[Any, ...], read: float, kept: float, size: int) -> Work:
    """Return the size of a layer's product.

    Parameters
    ----------
    layer : keras.Layer
    output_shape : tuple
        Of the layer, axis 0 left out.
    read, kept : float
        Shares of the units that it reads and of those that it makes that are kept.
    size : int
        Samples.
    """
    if type(layer) is layers.LSTM:
        weights, recurrent = prod(layer.cell.kernel.shape), prod(layer.cell.recurrent_kernel.shape)
        some = weights * read * kept
        return Work(size, weights + recurrent, int(some + recurrent * kept * kept))
    places = prod(one or 1 for one in output_shape[:-1])
    weights = prod(layer.kernel.shape)
    return Work(size * places, weights, int(weights * read * kept))


def only_some(
    layer: Any,
    x: Any,
    rows: Selection | None,
    columns: Selection | None,
    multiplier: Any,
) -> Any:
    """Return what a layer makes of the kept units that it reads, for the units that are kept of it.

    Parameters
    ----------
    layer : keras.Layer
        That `computes`, built.
    x : tensor
    rows, columns : Selection, optional
        Of the units that it reads and of those that it makes; None for all.
    multiplier : float or tensor
        Of the state of a recurrent layer where it meets the recurrent weights.
    """
    kind = type(layer)
    x = ops.cast(x, layer.compute_dtype)
    if kind is layers.LSTM:
        return _lstm(layer, x, rows, columns, multiplier)
    kernel = _some(layer, layer.kernel, rows, columns)
    y = ops.matmul(x, kernel) if kind is layers.Dense else layer.convolution_op(x, kernel)
    if layer.use_bias:
        y = ops.add(y, _some(layer, layer.bias, None, columns))
    return y if layer.activation is None else layer.activation(y)


def _some(layer: Any, weight: Any, rows: Selection | None, columns: Selection | None) -> Any:
    return gather_blocks(ops.cast(weight, layer.compute_dtype), rows, columns)


def _lstm(
    layer: Any, x: Any, rows: Selection | None, columns: Selection | None, multiplier: Any
) -> Any:
    gates = None if columns is None else columns.repeated(4, ops)
    cell = layer.cell
    recurrent = _some(layer, cell.recurrent_kernel, columns, gates)
    # The part that no state enters, for all timesteps at once.
    z = ops.matmul(x, _some(layer, cell.kernel, rows, gates))
    if cell.use_bias:
        z = ops.add(z, _some(layer, cell.bias, None, gates))

    def step(z_t: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        h, c = states
        i, f, candidate, o = ops.split(z_t + ops.matmul(h * multiplier, recurrent), 4, axis=-1)
        c = cell.recurrent_activation(f) * c
        c = c + cell.recurrent_activation(i) * cell.activation(candidate)
        h = cell.recurrent_activation(o) * cell.activation(c)
        return h, [h, c]

    start = ops.zeros(
        (ops.shape(x)[0], layer.units if columns is None else columns.n_kept), x.dtype
    )
    last, outputs, _ = keras.src.backend.rnn(
        step,
        z,
        [start, start],
        go_backwards=layer.go_backwards,
        unroll=layer.unroll,
        input_length=x.shape[1],
        return_all_outputs=layer.return_sequences,
    )
    return outputs if layer.return_sequences else last


def _unit_by_unit(function: Callable[..., Any] | None) -> bool:
    return function is None or getattr(function, "__name__", "") in UNIT_BY_UNIT
