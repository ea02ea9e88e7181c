"""The elastic net as a proximal step after each update of an optimiser: exact zeros.

An optimiser takes a step of its own length ``s_j`` for each weight: SGD
``s_j = lr / (1 - momentum)``, Adam ``s_j = lr sqrt(1 - beta2^t) / (sqrt(v_j) + eps)``. The proximal
step is taken in that metric,

    w = argmin_w  sum_j (w_j - z_j)^2 / (2 s_j) + l1 sum_j |w_j| + (l2 / 2) sum_j w_j^2,

from the weights z of an update that was made, so that its fixed points are those of the penalised
loss: by weight ``w_j = S(z_j, s_j l1) / (1 + s_j l2)``; by input, with ``l1 |w_i|_2`` for the
weights that leave input i, from the root r = |w_i|_2 of a scalar equation. A factor of input i
multiplies l1 and l2 for the weights that leave it.

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
from bridle.elastic_net.penalty import ElasticNetPenalty
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
"""Newton's method rises to the root monotonically, and doubles its digits each time."""


def add_proximal_step(
    model: Any, penalty: ElasticNetPenalty, layers: Any = None, *, by: By = "weight"
) -> None:
    """Take a proximal step on the kernels of a compiled network after each update, from now on.

    It stands in for one that was added before, so that a path of strengths is a loop of
    ``add_proximal_step`` and ``fit``. The training loss that is shown leaves the penalty out. A
    constraint that a kernel has, for instance `keras.constraints.MaxNorm`, acts after the step. The
    step is no part of a saved model: add it again to a model that was loaded.

    Parameters
    ----------
    model : keras.Model
        Compiled with SGD, Adam or AdamW, bare or in a LossScaleOptimizer, and built. Without clipping
        and averages (``clipnorm``, ``clipvalue``, ``global_clipnorm``, ``use_ema``): clipped gradients
        are those of another loss, and averages of zeros and others are no zeros. With
        ``gradient_accumulation_steps`` the step is taken when the update is; ``weight_decay`` acts as
        it does without the step, beside the penalty. Changed in place; another ``compile`` keeps the
        step.
    penalty : ElasticNetPenalty
        Without bounds; factors belong to the inputs of a layer, inf keeps one out. Its strengths are
        in the units of the loss that the model is compiled with: Keras's ``"mse"`` has no 1/2, so
        twice those of a linear model are wanted there.
    layers : iterable of keras.Layer, optional
        Whose ``kernel`` it acts on; default: all of the model's layers that have one.
    by : {"weight", "input"}
        Whether weights become zero one by one, or all the weights that leave an input together:
        the first layer's then choose features.

    Raises
    ------
    InputError
        The model is not compiled or not built, its optimiser or an option of it is another one, a layer
        has no kernel of the model's or not as many inputs as there are factors, or there are bounds.
    UnknownNameError
        ``by`` is something else.
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
    # Keras keeps the compiled step of an earlier fit, which knows nothing of this one.
    model.train_function = None


def kept_inputs(layer: Any) -> npt.NDArray[np.intp]:
    """Return the inputs of a dense layer that some weight other than zero leaves.

    Parameters
    ----------
    layer : keras.layers.Dense
        Built.

    Returns
    -------
    ndarray of int
        Sorted.
    """
    return np.flatnonzero(np.any(keras.ops.convert_to_numpy(layer.kernel) != 0, axis=-1))


@dataclass(frozen=True, eq=False)
class ProximalStep:
    """The step for one weight, in the place of a constraint: Keras calls it after each update.

    Parameters
    ----------
    model : keras.Model
    kernel : keras.Variable
        The weight.
    l1, l2 : ndarray of shape (inputs, 1)
        Of the weights that leave each input; inf keeps one out.
    by : {"weight", "input"}
    then : callable, optional
        A constraint that acts afterwards.
    """

    model: Any
    kernel: Any
    l1: Rows
    l2: Rows
    by: By
    then: Callable[[Any], Any] | None = None

    def __call__(self, z: Any) -> Any:
        """Return the weight after the step."""
        # Asked for at each trace, since the model may have been compiled again.
        optimizer = _known_optimizer(self.model)
        z = ops.convert_to_tensor(z)
        if (gathered := optimizer.gradient_accumulation_steps) is None:
            w = self._nearest(z, optimizer)
        else:
            batches = optimizer._iterations + 1  # the counter has not been advanced yet
            w = ops.where(ops.equal(batches % gathered, 0), self._nearest(z, optimizer), z)
        return w if self.then is None else self.then(w)

    def _nearest(self, z: Any, optimizer: Any) -> Any:
        """Return argmin over w, for updated weights z."""
        step = ops.broadcast_to(ops.cast(self._lengths(optimizer), z.dtype), z.shape)
        kept = np.isfinite(self.l1)
        l1, l2 = (ops.cast(np.where(kept, one, 0.0), z.dtype) for one in (self.l1, self.l2))
        z = z * ops.cast(kept, z.dtype) / (1.0 + step * l2)
        shrunk = step * l1 / (1.0 + step * l2)
        return _by_weight(z, shrunk) if self.by == "weight" else _by_input(z, shrunk)

    def _lengths(self, adam: Any) -> Any:
        """Return the length of the optimiser's step for each weight."""
        rate = ops.cast(adam.learning_rate, "float32")
        if not isinstance(adam, kinds.Adam):
            # A gradient that does not change moves a weight so far in the long run.
            return rate / (1.0 - adam.momentum)
        # Of the update that was just made.
        made = ops.cast(adam.iterations + 1, "float32")
        rate = rate * ops.sqrt(1.0 - ops.power(ops.cast(adam.beta_2, "float32"), made))
        squares = adam._velocity_hats if adam.amsgrad else adam._velocities
        index = adam._get_variable_index(self.kernel)
        return rate / (ops.sqrt(squares[index]) + adam.epsilon)


def _by_weight(z: Any, threshold: Any) -> Any:
    return ops.sign(z) * ops.relu(ops.abs(z) - threshold)


def _by_input(z: Any, threshold: Any) -> Any:
    """Return argmin over w of sum (w - z)^2 / (2 t) + |w|_2 for each row, t the thresholds.

    ``w_j = z_j r / (r + t_j)`` where r = |w| solves ``q(r) = sum_j (z_j / (r + t_j))^2 = 1``; there is
    no root above 0, and w is 0, where q(0) <= 1. ``q^(-1/2)`` is concave in r, so that Newton's
    method rises to the root from any r below it: from ``max_j |z_j| - t_j``, where one share alone is
    1 and none is above.
    """
    tiny = 1e-30
    zero = ops.sum(ops.square(z / (threshold + tiny)), axis=-1, keepdims=True) <= 1.0
    r = ops.relu(ops.max(ops.abs(z) - threshold, axis=-1, keepdims=True))
    for _ in range(ROOT_STEPS):
        share = z / (r + threshold + tiny)
        q = ops.sum(ops.square(share), axis=-1, keepdims=True) + tiny
        slope = ops.sum(ops.square(share) / (r + threshold + tiny), axis=-1, keepdims=True) + tiny
        r = ops.where(zero, 0.0, r + (ops.sqrt(q) - 1.0) * q / slope)
    return ops.where(zero, 0.0, z * (r / (r + threshold + tiny)))


def _kernels(model: Any, layers: Any) -> list[Any]:
    trained = {id(one) for one in model.trainable_variables}
    if layers is None:
        found = [getattr(one, "kernel", None) for one in model._flatten_layers()]
        kernels = [one for one in found if id(one) in trained]
    else:
        kernels = [getattr(one, "kernel", None) for one in layers]
    if not kernels or any(id(one) not in trained for one in kernels):
        raise InputError(
            "layers must be trainable layers of the model with a kernel each, in a model that is "
            f"built. Received: layers={layers!r} for {model.name!r}."
        )
    return kernels


def _strengths_by_row(penalty: ElasticNetPenalty, kernel: Any) -> tuple[Rows, Rows]:
    inputs = kernel.shape[-2]
    penalty.check_features(inputs)
    l1, l2 = penalty.strengths(inputs)
    return l1[:, None], l2[:, None]


_KNOWN = {type(kind()) for kind in (kinds.SGD, kinds.Adam, kinds.AdamW)}
"""Exactly these, since a class that is made from one may take other steps. Made, since on PyTorch Keras
gives others than were asked for."""

_NOT_KNOWN = ("clipnorm", "clipvalue", "global_clipnorm", "use_ema")


def _known_optimizer(model: Any) -> Any:
    """Return the optimiser that moves the weights."""
    optimizer: Any = model.optimizer if model.compiled else None
    leaves = [] if optimizer is None else leaf_optimizers(optimizer)
    if len(leaves) != 1 or type(leaves[0]) not in _KNOWN:
        raise InputError(
            "model must be compiled with SGD, Adam or AdamW, whose steps are known. "
            f"Received: {model.name!r} with {type(optimizer).__name__}."
        )
    for name in _NOT_KNOWN:
        if value := getattr(leaves[0], name):
            raise InputError(
                f"model must be compiled with an optimiser without {name}, which the proximal step "
                f"cannot follow. Received: {name}={value!r}. Leave it out; a lower learning rate "
                "steadies a training too."
            )
    return leaves[0]
