"""One timestep of a GRU whose state is masked in the recurrent products."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras

__all__ = ["gru_step", "two_biases"]

keras = load_keras()
ops = keras.ops


def gru_step(cell: Any, x: Any, h: Any, masked: Any, recurrent: Any, bias: Any) -> Any:
    """Return the state after one timestep.

    Let ``u`` be the products of the masked state and the recurrent weights, s the gate activation
    and a the activation of the candidate. Then ``z = s(x_z + u_z)``, ``r = s(x_r + u_r)`` and ``h'
    = z h + (1 - z) a(x_h + r u_h)``; with ``reset_after=False`` the reset gate acts before the
    product of the candidate. The update gate carries over the unmasked state h.

    Parameters
    ----------
    cell : keras.layers.GRUCell
    x : tensor of shape (batch, 3 m)
        Input products plus bias for the update gate, the reset gate and the candidate.
    h, masked : tensor of shape (batch, m)
        The state, and the masked state for the recurrent products.
    recurrent : tensor of shape (m, 3 m)
    bias : tensor of shape (3 m,), or 0
        Recurrent bias: 0 with ``reset_after=False``.

    Returns
    -------
    tensor of shape (batch, m)
    """
    x_z, x_r, x_h = ops.split(x, 3, axis=-1)
    if cell.reset_after:
        h_z, h_r, h_h = ops.split(ops.matmul(masked, recurrent) + bias, 3, axis=-1)
    else:
        gates, candidate = ops.split(recurrent, [2 * h.shape[-1]], axis=1)
        h_z, h_r = ops.split(ops.matmul(masked, gates), 2, axis=-1)
    z = cell.recurrent_activation(x_z + h_z)
    r = cell.recurrent_activation(x_r + h_r)
    h_h = r * h_h if cell.reset_after else ops.matmul(r * masked, candidate)
    return z * h + (1 - z) * cell.activation(x_h + h_h)


def two_biases(bias: Any) -> tuple[Any, Any]:
    """Return the input bias and the recurrent bias, 0 for one that does not exist.

    Parameters
    ----------
    bias : tensor of shape (3 m,), or (2, 3 m) with ``reset_after``, or None
    """
    if bias is None:
        return 0.0, 0.0
    return (bias[0], bias[1]) if len(bias.shape) == 2 else (bias, 0.0)
