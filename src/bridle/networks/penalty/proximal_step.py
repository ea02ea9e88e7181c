"""The elastic net as a proximal step after each update of the optimiser, which gives exact zeros.

Gradient descent on a loss with an l1 term makes weights small, but almost never zero. A proximal
step does: after each update, which gives weights z, it replaces z by the minimiser of the penalty
plus a squared distance from z,

    w = argmin_w  sum_j (w_j - z_j)^2 / (2 s_j) + l1 sum_j |w_j| + (l2 / 2) sum_j w_j^2.

The step sizes s_j are those of the optimiser: ``lr / (1 - momentum)`` for SGD,
``lr sqrt(1 - beta2^t) / (sqrt(v_j) + eps)`` for Adam. With them the fixed points of update plus
proximal step are the stationary points of the penalised loss. The solution for single weights is
``w_j = S(z_j, s_j l1) / (1 + s_j l2)`` with the soft threshold S. For whole inputs, the penalty on
the outgoing weights w_i of input i is ``l1 |w_i|_2``, and |w_i|_2 is the root of a scalar equation.
The factor of an input multiplies l1 and l2 of its outgoing weights.

Source: Parikh and Boyd 2014, "Proximal algorithms", section 6; Yun, Lozano and Yang 2021, "Adaptive
proximal gradient methods for structured neural networks", for the optimiser's metric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from bridle.backend import load_keras
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError, UnknownNameError
from bridle.networks.penalty.regularizer import check_unbounded
from bridle.optimizers import leaf_optimizers

__all__ = ["add_proximal_step", "kept_inputs"]

keras = load_keras()
ops = keras.ops
kinds = keras.optimizers

By = Literal["weight", "input"]
Rows = npt.NDArray[np.float64]

ROOT_STEPS = 12
"""Newton steps for the scalar equation; convergence is monotone and quadratic."""


def add_proximal_step(
    model: Any, penalty: ElasticNetPenalty, layers: Any = None, *, by: By = "weight"
) -> None:
    """Apply the elastic net to the kernels of a compiled network, by a step after each update.

    A second call replaces the step of the first, so a path of strengths is a loop of
    ``add_proximal_step`` and ``fit``. The displayed training loss does not include the penalty. If
    a kernel has a constraint, for instance `keras.constraints.MaxNorm`, it acts after the step. The
    step is not saved with a model: add it again after loading.

    Parameters
    ----------
    model : keras.Model
        Built, and compiled with SGD, Adam or AdamW, bare or in a LossScaleOptimizer. Changed in
        place; a later ``compile`` keeps the step. Clipping and averaging (``clipnorm``,
        ``clipvalue``, ``global_clipnorm``, ``use_ema``) are not supported: clipped gradients belong
        to another loss, and averaged weights are not zero. With ``gradient_accumulation_steps`` the
        step follows each actual update. ``weight_decay`` acts in addition to the penalty.
    penalty : ElasticNetPenalty
        Without bounds. Its factors apply to the inputs of a layer; inf excludes an input. Its
        strengths are in the unit of the compiled loss: Keras's ``"mse"`` has no factor 1/2, so it
        needs twice the strengths of a linear model.
    layers : iterable of keras.Layer, optional
        Layers whose ``kernel`` is penalised; default: all layers with one.
    by : {"weight", "input"}
        ``"weight"``, the default, zeroes single weights; ``"input"`` all outgoing weights of an
        input together, which in the first layer selects features.

    Raises
    ------
    InputError
        The model is not compiled or not built; its optimiser or an option of it is not supported; a
        layer has no kernel of the model, or another number of inputs than factors; or the penalty
        has bounds.
    UnknownNameError
        ``by`` is neither ``"weight"`` nor ``"input"``.
    """
    if by not in get_args(By):
        raise UnknownNameError("way to group weights", by, get_args(By))
    check_unbounded(penalty)
    kernels = _kernels(model, layers)
    _known_optimizer(model)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    strengths = [_strengths_by_row(penalty, kernel) for kernel in kernels]
    for kernel, (l1, l2) in zip(kernels, strengths, strict=True):
        earlier = kernel.constraint
        then = earlier.then if isinstance(earlier, ProximalStep) else earlier
        kernel.constraint = ProximalStep(model, kernel, l1, l2, by, then)
    # Keras would keep the compiled training step of an earlier fit, without this step.
    model.train_function = None


def kept_inputs(layer: Any) -> npt.NDArray[np.intp]:
    """Return the inputs of a dense layer that have a non-zero outgoing weight.

    Parameters
    ----------
    layer : keras.layers.Dense
        A built layer.

    Returns
    -------
    ndarray of int
        Indices of the inputs, sorted.
    """
    return np.flatnonzero(np.any(keras.ops.convert_to_numpy(layer.kernel) != 0, axis=-1))


@dataclass(frozen=True, eq=False)
class ProximalStep:
    """The proximal step of one kernel, as a constraint, which Keras applies after each update.

    Parameters
    ----------
    model : keras.Model
        The model whose optimiser determines the step sizes.
    kernel : keras.Variable
        The weights.
    l1, l2 : ndarray of shape (inputs, 1)
        Strengths for the outgoing weights of each input; inf excludes an input.
    by : {"weight", "input"}
        What becomes zero together.
    then : callable, optional
        A constraint to apply afterwards.
    """

    model: Any
    kernel: Any
    l1: Rows
    l2: Rows
    by: By
    then: Callable[[Any], Any] | None = None

    def __call__(self, z: Any) -> Any:
        """Return the weights after the step."""
        # Looked up at each trace, since the model may have been compiled again.
        optimizer = _known_optimizer(self.model)
        z = ops.convert_to_tensor(z)
        if (gathered := optimizer.gradient_accumulation_steps) is None:
            w = self._nearest(z, optimizer)
        else:
            batches = optimizer._iterations + 1  # the counter has not been advanced yet
            w = ops.where(ops.equal(batches % gathered, 0), self._nearest(z, optimizer), z)
        return w if self.then is None else self.then(w)

    def _nearest(self, z: Any, optimizer: Any) -> Any:
        """Return the minimiser w of the module's formula for updated weights z."""
        step = ops.broadcast_to(ops.cast(self._lengths(optimizer), z.dtype), z.shape)
        kept = np.isfinite(self.l1)
        l1, l2 = (ops.cast(np.where(kept, value, 0.0), z.dtype) for value in (self.l1, self.l2))
        z = z * ops.cast(kept, z.dtype) / (1.0 + step * l2)
        shrunk = step * l1 / (1.0 + step * l2)
        return _by_weight(z, shrunk) if self.by == "weight" else _by_input(z, shrunk)

    def _lengths(self, adam: Any) -> Any:
        """Return the optimiser's step size s_j of each weight."""
        rate = ops.cast(adam.learning_rate, "float32")
        if not isinstance(adam, kinds.Adam):
            # With momentum, a constant gradient g moves a weight by this times g per step in the
            # limit.
            return rate / (1.0 - adam.momentum)
        # The number of the update that was just made.
        made = ops.cast(adam.iterations + 1, "float32")
        rate = rate * ops.sqrt(1.0 - ops.power(ops.cast(adam.beta_2, "float32"), made))
        squares = adam._velocity_hats if adam.amsgrad else adam._velocities
        index = adam._get_variable_index(self.kernel)
        return rate / (ops.sqrt(squares[index]) + adam.epsilon)


def _by_weight(z: Any, threshold: Any) -> Any:
    return ops.sign(z) * ops.relu(ops.abs(z) - threshold)


def _by_input(z: Any, threshold: Any) -> Any:
    """Return argmin over w of sum (w - z)^2 / (2 t) + |w|_2 for each row, t the thresholds.

    The solution is ``w_j = z_j r / (r + t_j)`` with r = |w|_2 the root of
    ``q(r) = sum_j (z_j / (r + t_j))^2 = 1``. If q(0) <= 1 there is no positive root and w = 0.
    Newton's method is applied to ``q(r)^(-1/2) = 1``. The left side is concave and increasing, so
    from below the iterates increase monotonically to the root. They start at
    ``max_j |z_j| - t_j``, where one term of q is 1 and therefore q >= 1.
    """
    tiny = 1e-30
    zero = ops.sum(ops.square(z / (threshold + tiny)), axis=-1, keepdims=True) <= 1.0
    r = ops.relu(ops.max(ops.abs(z) - threshold, axis=-1, keepdims=True))
    for _ in range(ROOT_STEPS):
        ratio = z / (r + threshold + tiny)
        q = ops.sum(ops.square(ratio), axis=-1, keepdims=True) + tiny
        derivative = (
            ops.sum(ops.square(ratio) / (r + threshold + tiny), axis=-1, keepdims=True) + tiny
        )
        r = ops.where(zero, 0.0, r + (ops.sqrt(q) - 1.0) * q / derivative)
    return ops.where(zero, 0.0, z * (r / (r + threshold + tiny)))


def _kernels(model: Any, layers: Any) -> list[Any]:
    trained = {id(variable) for variable in model.trainable_variables}
    if layers is None:
        found = [getattr(layer, "kernel", None) for layer in model._flatten_layers()]
        kernels = [kernel for kernel in found if id(kernel) in trained]
    else:
        kernels = [getattr(layer, "kernel", None) for layer in layers]
    if not kernels or any(id(kernel) not in trained for kernel in kernels):
        raise InputError(
            "layers must be trainable layers of the model, each with a kernel, and the model must "
            f"be built. Received: layers={layers!r} for {model.name!r}."
        )
    return kernels


def _strengths_by_row(penalty: ElasticNetPenalty, kernel: Any) -> tuple[Rows, Rows]:
    inputs = kernel.shape[-2]
    penalty.check_features(inputs)
    l1, l2 = penalty.strengths(inputs)
    return l1[:, None], l2[:, None]


_KNOWN = {type(kind()) for kind in (kinds.SGD, kinds.Adam, kinds.AdamW)}
"""Exact types, since subclasses may take other steps; of instances, since on PyTorch Keras replaces
the classes by others."""

_NOT_KNOWN = ("clipnorm", "clipvalue", "global_clipnorm", "use_ema")


def _known_optimizer(model: Any) -> Any:
    """Return the optimiser that updates the weights."""
    optimizer: Any = model.optimizer if model.compiled else None
    leaves = [] if optimizer is None else leaf_optimizers(optimizer)
    if len(leaves) != 1 or type(leaves[0]) not in _KNOWN:
        raise InputError(
            "model must be compiled with SGD, Adam or AdamW, whose step sizes are known. Received: "
            f"{model.name!r} with {type(optimizer).__name__}."
        )
    for name in _NOT_KNOWN:
        if value := getattr(leaves[0], name):
            raise InputError(
                f"model must be compiled with an optimiser without {name}, which the proximal step "
                f"does not support. Received: {name}={value!r}. Remove it; a lower learning rate "
                "also stabilises training."
            )
    return leaves[0]
