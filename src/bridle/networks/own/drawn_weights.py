"""Outputs of a network under several draws of its weights.

They show what holds for all weights, for instance that the outputs are probabilities.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.backend import compiled, load_keras
from bridle.types import AnyArray

__all__ = ["outputs_under_drawn_weights"]


_BIASES = (5.0, -5.0)
"""Large biases of both signs: outputs that can leave an interval of length 2 then do."""

_GAIN = 1.5
"""Kernels have this standard deviation over sqrt(inputs): deep outputs neither vanish nor overflow."""


def outputs_under_drawn_weights(network: Any, X: AnyArray) -> AnyArray:
    """Return the outputs for some rows under the network's weights and under four others.

    The other kernels are normal, with both signs, and the biases near 5 and near -5. The network is
    not changed.

    Parameters
    ----------
    network : keras.Model
        A built network.
    X : ndarray of shape (n, ...), float32
        Rows that it accepts.

    Returns
    -------
    ndarray of shape (5, n, outputs), float64
        Possibly with infinite values and NaN.
    """
    parts = network.trainable_variables, network.non_trainable_variables
    drawn = [[[one.value for one in part] for part in parts]]
    for sign in (1.0, -1.0):
        for bias in _BIASES:
            rng = np.random.default_rng(0)
            drawn.append([[_drawn(one, rng, sign, bias) for one in part] for part in parts])

    @compiled
    def outputs(trainable: Any, others: Any) -> Any:
        return network.stateless_call(trainable, others, X, training=False)[0]

    convert = load_keras().ops.convert_to_numpy
    found = [np.asarray(convert(outputs(*values)), dtype=np.float64) for values in drawn]
    return np.stack([one.reshape(len(X), -1) for one in found])


def _drawn(variable: Any, rng: np.random.Generator, sign: float, bias: float) -> Any:
    """Return a new value of a variable; of the non-trainable ones, only kernels get one."""
    shape = tuple(variable.shape)
    fixed = not variable.trainable and len(shape) < 2
    if fixed or not shape or "float" not in str(variable.dtype):
        return variable.value
    value: AnyArray = rng.standard_normal(shape, dtype=np.float32)
    if len(shape) == 1:
        value = bias + value / 2
    else:
        value *= sign * _GAIN / np.sqrt(np.prod(shape[:-1]))
    return load_keras().ops.convert_to_tensor(value, dtype=variable.dtype)
