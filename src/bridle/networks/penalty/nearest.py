"""The minimiser of the penalty near updated weights, for tensors of any framework.

    w = argmin_w  sum_j (w_j - z_j)^2 / (2 s_j) + l1 sum_j |w_j| + (l2 / 2) sum_j w_j^2

has the solution ``w_j = S(z_j, s_j l1) / (1 + s_j l2)`` with the soft threshold S. For whole inputs
the penalty on the outgoing weights w_i of input i is ``l1 |w_i|_2``, and |w_i|_2 is the root of a
scalar equation.

Source: Parikh and Boyd 2014, "Proximal algorithms", section 6; Yun, Lozano and Yang 2021, "Adaptive
proximal gradient methods for structured neural networks", for the optimiser's metric.
"""

from __future__ import annotations

from typing import Any, Literal

__all__ = ["By", "by_input", "nearest"]

By = Literal["weight", "input"]

ROOT_STEPS = 12
"""Newton steps for the scalar equation; convergence is monotone and quadratic."""


def nearest(z: Any, step: Any, l1: Any, l2: Any, kept: Any, *, by: By, ops: Any) -> Any:
    """Return the minimiser w of the module's formula.

    Parameters
    ----------
    z : tensor of shape (..., inputs, outputs)
        Updated weights.
    step : tensor of the shape of z
        Step size s_j of each weight.
    l1, l2, kept : tensor of shape (inputs, 1)
        Strengths, finite, and 1 for inputs that may have weights, 0 for those that are excluded.
    by : {"weight", "input"}
        What becomes zero together.
    ops : module
        `keras.ops` or `torch`.
    """
    z = z * kept / (1.0 + step * l2)
    shrunk = step * l1 / (1.0 + step * l2)
    return _by_weight(z, shrunk, ops) if by == "weight" else by_input(z, shrunk, ops)


def _by_weight(z: Any, threshold: Any, ops: Any) -> Any:
    return ops.sign(z) * ops.relu(ops.abs(z) - threshold)


def by_input(z: Any, threshold: Any, ops: Any) -> Any:
    """Return argmin over w of sum (w - z)^2 / (2 t) + |w|_2 for each row, t the thresholds.

    The solution is ``w_j = z_j r / (r + t_j)`` with r = |w|_2 the root of
    ``q(r) = sum_j (z_j / (r + t_j))^2 = 1``. If q(0) <= 1 there is no positive root and w = 0.
    Newton's method is applied to ``q(r)^(-1/2) = 1``. The left side is concave and increasing, so
    from below the iterates increase monotonically to the root. They start at
    ``max_j |z_j| - t_j``, where one term of q is 1 and therefore q >= 1.
    """
    tiny = 1e-30
    zero = ops.sum(ops.square(z / (threshold + tiny)), axis=-1, keepdims=True) <= 1.0
    r = ops.relu(ops.amax(ops.abs(z) - threshold, axis=-1, keepdims=True))
    for _ in range(ROOT_STEPS):
        ratio = z / (r + threshold + tiny)
        q = ops.sum(ops.square(ratio), axis=-1, keepdims=True) + tiny
        derivative = (
            ops.sum(ops.square(ratio) / (r + threshold + tiny), axis=-1, keepdims=True) + tiny
        )
        r = ops.where(zero, 0.0, r + (ops.sqrt(q) - 1.0) * q / derivative)
    return ops.where(zero, 0.0, z * (r / (r + threshold + tiny)))
