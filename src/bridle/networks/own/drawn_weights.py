"""Outputs of a network under several draws of its weights.

They show properties that hold for all weights, for instance that outputs are probabilities.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.backend import compiled, load_keras
from bridle.types import AnyArray

__all__ = ["DRAWS", "WIDE_DRAWS", "Draws", "drawn_weight", "outputs_under_drawn_weights"]

Draws = tuple[tuple[float, float], ...]
"""Factors of the kernels and means of the biases of each draw."""

DRAWS: Draws = ((1.0, 5.0), (1.0, -5.0), (-1.0, 5.0), (-1.0, -5.0))
"""Biases that are large and of both signs: outputs that can leave an interval of length 2 then do."""

WIDE_DRAWS: Draws = (
    *DRAWS,
    *((sign, 5e3 * way) for sign in (1.0, -1.0) for way in (1.0, -1.0)),
    *((1e3 * sign, 5.0 * way) for sign in (1.0, -1.0) for way in (1.0, -1.0)),
)
"""Larger biases or kernels too, for outputs that are scaled down: they leave an interval only then."""

_GAIN = 1.5
"""Kernels have this standard deviation over sqrt(inputs): deep outputs neither vanish nor overflow."""


def outputs_under_drawn_weights(network: Any, X: AnyArray, draws: Draws = DRAWS) -> AnyArray:
    """Return the outputs for some rows under the network's weights and under drawn ones.

    Drawn kernels are normal, with both signs, and biases near the means. The network is not changed.

    Parameters
    ----------
    network : keras.Model
        A built network.
    X : ndarray of shape (n, ...), float32
        Rows that it accepts.
    draws : Draws
        Default: four.

    Returns
    -------
    ndarray of shape (1 + draws, n, outputs), float64
        Possibly with infinite values and NaN.
    """
    parts = network.trainable_variables, network.non_trainable_variables
    drawn = [[[variable.value for variable in part] for part in parts]]
    for sign, bias in draws:
        rng = np.random.default_rng(0)
        drawn.append([[_drawn(variable, rng, sign, bias) for variable in part] for part in parts])

    @compiled
    def outputs(trainable: Any, others: Any) -> Any:
        return network.stateless_call(trainable, others, X, training=False)[0]

    convert = load_keras().ops.convert_to_numpy
    found = [np.asarray(convert(outputs(*values)), dtype=np.float64) for values in drawn]
    return np.stack([array.reshape(len(X), -1) for array in found])


def _drawn(variable: Any, rng: np.random.Generator, sign: float, bias: float) -> Any:
    """Return a new value of a variable; of the non-trainable ones, only kernels get one."""
    shape = tuple(variable.shape)
    fixed = not variable.trainable and len(shape) < 2
    if fixed or not shape or "float" not in str(variable.dtype):
        return variable.value
    value = drawn_weight(shape, shape[:-1], rng, sign, bias)
    return load_keras().ops.convert_to_tensor(value, dtype=variable.dtype)


def drawn_weight(
    shape: tuple[int, ...],
    inputs: tuple[int, ...],
    rng: np.random.Generator,
    sign: float,
    bias: float,
) -> AnyArray:
    """Return a drawn kernel, or a drawn bias if the shape has one axis.

    Parameters
    ----------
    shape : tuple of int
    inputs : tuple of int
        Sizes of the axes of a kernel over which a unit sums.
    rng : numpy.random.Generator
    sign, bias : float
        Factor of kernels, and the mean of biases.
    """
    value: AnyArray = rng.standard_normal(shape, dtype=np.float32)
    if len(shape) == 1:
        return bias + value / 2
    return value * np.float32(sign * _GAIN / np.sqrt(np.prod(inputs)))
