"""PyTorch's fused LSTM for a Keras layer; Keras itself would use a loop on the CPU."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras

__all__ = ["run_fused", "runs_fused"]

keras = load_keras()
ops = keras.ops


def runs_fused(layer: Any, sequences: Any, mask: Any) -> bool:
    """Return whether PyTorch's fused kernel can compute the layer.

    It supports tanh and logistic activations and single and double precision, but no mask of
    timesteps.
    """
    return (
        keras.backend.backend() == "torch"
        and mask is None
        and not layer.unroll
        and layer.cell.activation is keras.activations.tanh
        and layer.cell.recurrent_activation is keras.activations.sigmoid
        and keras.backend.standardize_dtype(sequences.dtype) in ("float32", "float64")
    )


def run_fused(layer: Any, sequences: Any, initial_state: Any) -> Any:
    """Return the last output, all outputs and the states, as Keras's ``inner_loop`` does.

    Parameters
    ----------
    layer : keras.layers.LSTM
        Its weights are read in the current scope.
    sequences : tensor of shape (batch, timesteps, features)
    initial_state : list of two tensors of shape (batch, units)
    """
    import torch

    cell = layer.cell
    # The gates have the same order; PyTorch's matrices are transposed.
    weights = [ops.convert_to_tensor(kernel).T for kernel in (cell.kernel, cell.recurrent_kernel)]
    if cell.use_bias:
        bias = ops.convert_to_tensor(cell.bias)
        weights += [bias, torch.zeros_like(bias)]
    if layer.go_backwards:
        sequences = torch.flip(sequences, dims=[1])
    outputs, h, c = torch._VF.lstm(
        sequences,
        tuple(ops.convert_to_tensor(state)[None] for state in initial_state),
        weights,
        cell.use_bias,
        1,
        0.0,
        torch.is_grad_enabled(),
        False,
        True,
    )
    last = outputs[:, -1]
    return last, outputs if layer.return_sequences else last[:, None], [h[0], c[0]]
