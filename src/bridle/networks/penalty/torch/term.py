"""`elastic_net_term`: the elastic net as a term of the loss of a PyTorch network."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.networks.penalty.strengths import plain_strengths
from bridle.networks.penalty.torch.kernels import kernels

__all__ = ["elastic_net_term"]


def elastic_net_term(model: nn.Module, penalty: ElasticNetPenalty, layers: Any = None) -> Tensor:
    """Return ``l1 sum |w| + (l2 / 2) sum w^2`` over kernels, to be added to a loss.

    Gradient steps make weights small, but they overshoot zero and hardly ever stop there. For exact
    zeros use `add_proximal_step`.

    Parameters
    ----------
    model : torch.nn.Module
    penalty : ElasticNetPenalty
        With the same strength for all weights, and without bounds.
    layers : iterable of torch.nn.Module, optional
        ``Linear`` and ``Conv1d`` to ``Conv3d`` of the model. Default: all of them.

    Returns
    -------
    torch.Tensor
        A number with gradients.

    Raises
    ------
    InputError
        The penalty has factors or bounds, or a layer is not part of the model or has no kernel.

    Source: Zou and Hastie 2005, "Regularization and variable selection via the elastic net",
    equation 3.
    """
    l1, l2 = plain_strengths(penalty)
    terms = [
        l1 * kernel.abs().sum() + l2 / 2 * torch.square(kernel).sum()
        for kernel in kernels(model, layers)
    ]
    return torch.stack(terms).sum()
