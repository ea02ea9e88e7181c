"""`Runner`: base class that trains a group of runs of a PyTorch module, epoch by epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bridle.networks.engine.batches import pass_order, pass_rows
from bridle.networks.engine.job import Job
from bridle.networks.engine.torch.cox_terms import cox_terms
from bridle.networks.own.torch.module_rows import as_rows
from bridle.networks.template.template import State
from bridle.networks.template.torch.torch_template import TorchTemplate, device
from bridle.types import AnyArray

__all__ = ["Runner", "limit_norms", "row_losses", "rows_of_pass", "template_of", "tensors"]

_TINY = 1e-7


class Runner(ABC):
    """Trains the runs of a group, which share their template, shapes and number of epochs."""

    group: Sequence[Job]

    @abstractmethod
    def train_pass(self, number: int, rates: Sequence[float]) -> AnyArray:
        """Train on the rows of a pass; return the loss of each step and run, of shape (steps, runs).

        Parameters
        ----------
        number : int
            From 0; its rows are those of `bridle.networks.engine.batches.pass_rows`.
        rates : sequence of float
            Rate of dropout of each run.
        """

    @abstractmethod
    def outputs(self) -> list[AnyArray]:
        """Return raw outputs for the training rows and then the validation rows, of each run."""

    @abstractmethod
    def penalties(self) -> list[float]:
        """Return the penalty of each run's weights."""

    @abstractmethod
    def states(self) -> list[State]:
        """Return copies of the runs' states."""


def template_of(job: Job) -> TorchTemplate:
    """Return the template of a job as a `TorchTemplate`."""
    assert isinstance(job.template, TorchTemplate)
    return job.template


def rows_of_pass(job: Job, number: int) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return features, targets and any weights of a pass, in its order, on the training device."""
    template = template_of(job)
    X, y = pass_rows(job, template.targets(job.training[1]), number)
    weights = job.weights[0]
    held = None if weights is None else weights[pass_order(job, number)].astype(np.float32)
    place = device()
    return (
        as_rows(X, template.features).to(place),
        torch.from_numpy(np.ascontiguousarray(y)).to(place),
        None if held is None else torch.from_numpy(held).to(place),
    )


def row_losses(template: TorchTemplate, outputs: Tensor, y: Tensor) -> Tensor:
    """Return the loss of each row of a batch, without penalty; see `KerasTemplate.mean_loss`.

    Parameters
    ----------
    template : TorchTemplate
    outputs : Tensor of shape (..., n, outputs) or (..., n)
    y : Tensor of shape (..., n), (..., n, classes) or, for survival, (..., n, 2)
        As `Template.targets` gives them.
    """
    z = _linear(template, outputs)
    if template.kind == "multiclass":
        return torch.logsumexp(z, -1) - (y * z).sum(-1)
    if template.kind == "survival":
        return cox_terms(y, z.reshape(y.shape[:-1]))
    z = z.reshape(y.shape)
    if template.kind == "binary":
        return torch.nn.functional.softplus(z) - y * z
    if template.kind == "count":
        return 2.0 * (torch.xlogy(y, y) - y - y * z + torch.exp(z))
    return torch.square(z - y)


def _linear(template: TorchTemplate, outputs: Tensor) -> Tensor:
    single = torch.finfo(torch.float32)
    if template.link == "softmax":
        return torch.log(outputs.clamp_min(single.tiny))
    if template.link == "sigmoid":
        return torch.logit(outputs.clamp(single.tiny, 1 - single.eps / 2))
    return outputs


def limit_norms(weights: Sequence[Tensor], summed: Sequence[Sequence[int]], most: float) -> None:
    """Scale the incoming weights of each unit in place to a norm of at most ``most``.

    Parameters
    ----------
    weights : sequence of Tensor
    summed : sequence of sequence of int
        The axes of each over which a unit sums.
    most : float
    """
    with torch.no_grad():
        for weight, axes in zip(weights, summed, strict=True):
            norms = torch.sqrt(torch.square(weight).sum(list(axes), keepdim=True))
            weight.mul_(norms.clamp(0, most) / (_TINY + norms))


def tensors(values: Sequence[Any]) -> list[Tensor]:
    """Return copies of arrays as tensors on the training device."""
    return [torch.from_numpy(np.array(value)).to(device()) for value in values]
