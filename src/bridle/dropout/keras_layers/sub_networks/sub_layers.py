"""Keras layers computed for some of their units: which layers support it, and how."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.sub_networks.gather_blocks import gather_blocks
from bridle.dropout.keras_layers.sub_networks.sub_recurrent import is_recurrent, run_some
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
"""Elementwise activations. A softmax, for example, needs all units and is not one of them."""

POOLING = tuple(
    getattr(layers, f"{which}{kind}Pooling{axes}D")
    for which in ("", "Global")
    for kind in ("Max", "Average")
    for axes in (1, 2, 3)
)


def computes(layer: Any) -> bool:
    """Return whether some units of a layer can be computed without the others.

    This holds for dense layers, convolutions with the channels last, LSTM, GRU and SimpleRNN, with
    elementwise activations.
    """
    kind = type(layer)
    if is_recurrent(layer):
        plain = not (layer.stateful or layer.return_state or layer.dropout)
        of_gates = getattr(layer, "recurrent_activation", None)
        acts = _unit_by_unit(layer.activation) and _unit_by_unit(of_gates)
        return plain and not layer.recurrent_dropout and acts
    if kind in CONVOLUTIONS:
        last = layer.data_format == "channels_last" and layer.groups == 1
        return last and _unit_by_unit(layer.activation)
    return kind is layers.Dense and _unit_by_unit(layer.activation)


def passes(layer: Any) -> bool:
    """Return whether a layer acts on each unit separately."""
    if type(layer) is layers.Activation:
        return _unit_by_unit(layer.activation)
    return type(layer) in (layers.ReLU, layers.LeakyReLU, layers.ELU) or passes_zeros(layer)


def passes_zeros(layer: Any) -> bool:
    """Return whether a layer also commutes with a factor per unit, as pooling and flattening do."""
    pools = type(layer) in (*POOLING, layers.Flatten)
    return pools and getattr(layer, "data_format", None) != "channels_first"


def flattens(layer: Any) -> bool:
    """Return whether a layer flattens positions and channels into one axis."""
    return type(layer) is layers.Flatten


def n_units_of(layer: Any) -> int:
    """Return the number of units, channels or states of a layer."""
    return int(layer.filters if type(layer) in CONVOLUTIONS else layer.units)


def work_of(layer: Any, output_shape: tuple[Any, ...], read: float, kept: float, size: int) -> Work:
    """Return the size of a layer's matrix product.

    Parameters
    ----------
    layer : keras.Layer
    output_shape : tuple
        Output shape without axis 0.
    read, kept : float
        Kept fractions of its inputs and of its units.
    size : int
        Number of samples.
    """
    if is_recurrent(layer):
        weights, recurrent = prod(layer.cell.kernel.shape), prod(layer.cell.recurrent_kernel.shape)
        some = weights * read * kept
        return Work(size, weights + recurrent, int(some + recurrent * kept * kept))
    places = prod(size or 1 for size in output_shape[:-1])
    weights = prod(layer.kernel.shape)
    return Work(size * places, weights, int(weights * read * kept))


def only_some(
    layer: Any,
    x: Any,
    rows: Selection | None,
    columns: Selection | None,
    multiplier: Any,
) -> Any:
    """Return the kept units of a layer, computed from its kept inputs.

    Parameters
    ----------
    layer : keras.Layer
        A built layer for which `computes` is true.
    x : tensor
    rows, columns : Selection, optional
        The kept inputs and the kept units; None for all.
    multiplier : float or tensor
        Factor of a recurrent layer's state in the recurrent products.
    """
    kind = type(layer)
    x = ops.cast(x, layer.compute_dtype)
    if is_recurrent(layer):
        return run_some(layer, x, rows, columns, multiplier)
    kernel = _some(layer, layer.kernel, rows, columns)
    y = ops.matmul(x, kernel) if kind is layers.Dense else layer.convolution_op(x, kernel)
    if layer.use_bias:
        y = ops.add(y, _some(layer, layer.bias, None, columns))
    return y if layer.activation is None else layer.activation(y)


def _some(layer: Any, weight: Any, rows: Selection | None, columns: Selection | None) -> Any:
    return gather_blocks(ops.cast(weight, layer.compute_dtype), rows, columns)


def _unit_by_unit(function: Callable[..., Any] | None) -> bool:
    return function is None or getattr(function, "__name__", "") in UNIT_BY_UNIT
