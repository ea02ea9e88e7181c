"""The elastic net as a proximal step after each update of the optimiser, which gives exact zeros.

Gradient descent on a loss with an l1 term makes weights small, but almost never zero. A proximal
step does: after each update, which gives weights z, it replaces z by the minimiser of the penalty
plus a squared distance from z, in the metric of the step sizes s_j of the optimiser (see
`bridle.networks.penalty.nearest`): ``lr / (1 - momentum)`` for SGD,
``lr sqrt(1 - beta2^t) / (sqrt(v_j) + eps)`` for Keras's Adam and
``lr / (sqrt(v_j / (1 - beta2^t)) + eps)`` for PyTorch's. With them the fixed points of update plus
proximal step are the stationary points of the penalised loss. The factor of an input multiplies l1
and l2 of its outgoing weights.
"""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError, UnknownNameError
from bridle.framework import framework_of
from bridle.networks.own.building.source_framework import is_of_torch
from bridle.networks.penalty.nearest import By
from bridle.networks.penalty.strengths import check_unbounded

__all__ = ["add_proximal_step", "kept_inputs"]


def add_proximal_step(
    model: Any,
    penalty: ElasticNetPenalty,
    layers: Any = None,
    *,
    by: By = "weight",
    optimizer: Any = None,
) -> None:
    """Apply the elastic net to the kernels of a network, by a step after each update.

    A second call replaces the step of the first, so a path of strengths is a loop of
    ``add_proximal_step`` and training. The training loss that is shown does not include the penalty.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        Of Keras: built, and compiled with SGD, Adam or AdamW, bare or in a LossScaleOptimizer. The
        optimiser becomes a `ProximalSGD`, `ProximalAdam` or `ProximalAdamW`, which hold the strengths
        in their configuration: files and copies of the model make the step too. A later ``compile``
        keeps it, and files have it from the first update on; in a loaded model it is refused until
        the step is added again. A constraint of a kernel, for instance `keras.constraints.MaxNorm`,
        acts after the step. Clipping and averaging
        (``clipnorm``, ``clipvalue``, ``global_clipnorm``, ``use_ema``) are not supported: clipped
        gradients belong to another loss, and averaged weights are not zero. With
        ``gradient_accumulation_steps`` the step follows each actual update.
    penalty : ElasticNetPenalty
        Without bounds. Its factors apply to the inputs of a layer; inf excludes an input. Its
        strengths are in the unit of the loss: Keras's ``"mse"`` and PyTorch's ``MSELoss`` have no
        factor 1/2, so they need twice the strengths of a linear model.
    layers : iterable of layers, optional
        Layers whose kernel is penalised: of Keras those with a ``kernel``, of PyTorch ``Linear`` and
        ``Conv1d`` to ``Conv3d``. Default: all of them.
    by : {"weight", "input"}
        ``"weight"``, the default, zeroes single weights; ``"input"`` all outgoing weights of an
        input together, which in the first layer selects features.
    optimizer : torch.optim.Optimizer, optional
        Of PyTorch, and needed there: SGD, Adam or AdamW that trains these kernels. Its
        ``weight_decay`` acts in addition to the penalty; ``maximize`` and ``differentiable`` are not
        supported. The strengths are part of ``optimizer.state_dict()``: to resume, add the step to the
        new optimiser, then load the state. An update that a ``GradScaler`` skips has no step.

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
    if framework_of(model) == "torch":
        from bridle.networks.penalty.torch.step import add_step
    elif optimizer is not None:
        raise InputError(
            "optimizer must be left out for a Keras network, which is compiled with its own. "
            f"Received: {optimizer!r}."
        )
    else:
        from bridle.networks.penalty.keras_step import add_step
    add_step(model, penalty, layers, by, optimizer)


def kept_inputs(layer: Any) -> npt.NDArray[np.intp]:
    """Return the inputs of a dense layer that have a non-zero outgoing weight.

    Parameters
    ----------
    layer : keras.layers.Dense or torch.nn.Linear
        A built layer.

    Returns
    -------
    ndarray of int
        Indices of the inputs, sorted.
    """
    if is_of_torch(layer):
        from bridle.networks.penalty.torch.kernels import kernel_array
    else:
        from bridle.networks.penalty.keras_step import kernel_array
    return np.flatnonzero(np.any(kernel_array(layer) != 0, axis=-1))
