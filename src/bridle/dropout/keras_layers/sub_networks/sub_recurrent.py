"""Keras recurrent layers computed for some of their states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.recurrent.gru_step import gru_step, two_biases
from bridle.dropout.keras_layers.sub_networks.gather_blocks import gather_blocks
from bridle.dropout.subnetwork import Selection

__all__ = ["is_recurrent", "run_some"]

keras = load_keras()
ops = keras.ops
layers = keras.layers

Step = Callable[[Any, Any, list[Any], Any, Any, Any], list[Any]]


def is_recurrent(layer: Any) -> bool:
    """Return whether `run_some` can run a layer: LSTM, GRU or SimpleRNN."""
    return type(layer) in STEPS


def run_some(
    layer: Any, x: Any, rows: Selection | None, columns: Selection | None, multiplier: Any
) -> Any:
    """Return the output of the kept states of a recurrent layer.

    The multiplier acts on the state in the recurrent products. What a gate carries over is the
    unmasked state of the same unit. So the kept states never depend on dropped ones.

    Parameters
    ----------
    layer : keras.layers.LSTM, GRU or SimpleRNN
        A built layer.
    x : tensor of shape (batch, timesteps, kept inputs)
        In the layer's dtype.
    rows, columns : Selection, optional
        The kept inputs and the kept states; None for all.
    multiplier : float or tensor of shape (batch, units)
        Factor of the state in the recurrent products.

    Returns
    -------
    tensor of shape (batch, timesteps, kept states), or (batch, kept states)
    """
    cell, one_step = layer.cell, STEPS[type(layer)]
    n_gates = cell.kernel.shape[-1] // cell.units
    gates = None if columns is None else columns.repeated(n_gates, ops)

    def some(weight: Any, rows: Selection | None) -> Any:
        return gather_blocks(ops.cast(weight, layer.compute_dtype), rows, gates)

    multiplier = ops.cast(multiplier, layer.compute_dtype)
    recurrent = some(cell.recurrent_kernel, columns)
    bias, recurrent_bias = two_biases(some(cell.bias, None) if cell.use_bias else None)
    # The input products do not depend on the state: compute them for all timesteps at once.
    z = ops.add(ops.matmul(x, some(cell.kernel, rows)), bias)

    def step(z_t: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        masked = states[0] * multiplier
        after = one_step(cell, z_t, states, masked, recurrent, recurrent_bias)
        return after[0], after

    n_states = layer.units if columns is None else columns.n_kept
    start = ops.zeros((ops.shape(x)[0], n_states), x.dtype)
    last, outputs, _ = keras.src.backend.rnn(
        step,
        z,
        [start] * (2 if type(layer) is layers.LSTM else 1),
        go_backwards=layer.go_backwards,
        unroll=layer.unroll,
        input_length=x.shape[1],
        return_all_outputs=layer.return_sequences,
    )
    return outputs if layer.return_sequences else last


def _lstm(cell: Any, x: Any, states: list[Any], masked: Any, recurrent: Any, _: Any) -> list[Any]:
    c = states[1]
    i, f, candidate, o = ops.split(x + ops.matmul(masked, recurrent), 4, axis=-1)
    c = cell.recurrent_activation(f) * c
    c = c + cell.recurrent_activation(i) * cell.activation(candidate)
    return [cell.recurrent_activation(o) * cell.activation(c), c]


def _gru(cell: Any, x: Any, states: list[Any], masked: Any, recurrent: Any, bias: Any) -> list[Any]:
    return [gru_step(cell, x, states[0], masked, recurrent, bias)]


def _simple(cell: Any, x: Any, states: list[Any], masked: Any, recurrent: Any, _: Any) -> list[Any]:
    return [cell.activation(x + ops.matmul(masked, recurrent))]


STEPS: dict[type, Step] = {layers.LSTM: _lstm, layers.GRU: _gru, layers.SimpleRNN: _simple}
