"""`ModuleRunner`: trains one run of any module."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from bridle.networks.engine.job import Job
from bridle.networks.engine.torch.runner import (
    Runner,
    limit_norms,
    row_losses,
    rows_of_pass,
    template_of,
    tensors,
)
from bridle.networks.own.outputs import ROWS_AT_ONCE
from bridle.networks.own.torch.module_rows import as_rows
from bridle.networks.template.template import State
from bridle.networks.template.torch.torch_template import device
from bridle.types import AnyArray

__all__ = ["ModuleRunner", "quiet_outputs", "take_step"]


class ModuleRunner(Runner):
    """One run, on the module of the template."""

    def __init__(self, group: Sequence[Job], states: Sequence[State]) -> None:
        self.group = group
        (self.job,) = group
        (state,) = states
        self.template = template_of(self.job)
        self.template.load(state)
        self.weights = self.template.parameters()
        self.optimizer = self.template.optimizer_of(self.weights, self.job.regime.learning_rate)
        self._load_moments(state)
        held = [self.job.training[0], self.job.validation[0]]
        self.rows = as_rows(np.concatenate(held), self.template.features).to(device())

    def _load_moments(self, state: State) -> None:
        # A step on gradients of 0 makes the variables, which are then set.
        kept = [weight.detach().clone() for weight in self.weights]
        for tensor in self.weights:
            tensor.grad = torch.zeros_like(tensor)
        self.optimizer.step()
        moments = iter(tensors(state.optimizer))
        with torch.no_grad():
            for weight, before in zip(self.weights, kept, strict=True):
                weight.copy_(before)
                held = self.optimizer.state.get(weight, {})
                for name in sorted(held):
                    if isinstance(held[name], Tensor):
                        held[name].copy_(next(moments))

    def train_pass(self, number: int, rates: Sequence[float]) -> AnyArray:
        """Train on the rows of a pass; see `Runner.train_pass`."""
        for source in self.template.sources:
            source.rate = rates[0]
        self.template.network.train()
        for module in self.template.noisy_modules:
            module.train(mode=rates[0] > 0)  # at rate 0 nothing is drawn
        X, y, weights = rows_of_pass(self.job, number)
        size = self.job.shapes[2]
        losses = [
            take_step(self, X[i : i + size], y[i : i + size], _part(weights, i, size))
            for i in range(0, len(X), size)
        ]
        return torch.stack(losses).cpu().double().numpy()[:, None]

    def outputs(self) -> list[AnyArray]:
        """Return raw outputs; see `Runner.outputs`."""
        return [quiet_outputs(self.template.network, self.rows)]

    def penalties(self) -> list[float]:
        """Return the penalty of the weights."""
        with torch.no_grad():
            return [float(_penalty(self))]

    def states(self) -> list[State]:
        """Return a copy of the state."""
        return [self.template.read(self.optimizer)]


def take_step(runner: ModuleRunner, X: Tensor, y: Tensor, weights: Tensor | None = None) -> Tensor:
    """Take a step of the optimiser on a batch; return its loss, penalty included."""
    template, regime = runner.template, runner.job.regime
    losses = row_losses(template, template.network(X), y)
    loss = (losses if weights is None else losses * weights).mean()
    if regime.l1 or regime.l2:
        loss = loss + _penalty(runner)
    runner.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    kernels = [runner.weights[i] for i in template.kernels]
    if regime.weight_decay:
        speeds = _speeds(runner)
        with torch.no_grad():
            for kernel in kernels:
                kernel.mul_(1 - speeds[kernel] * regime.weight_decay)
    runner.optimizer.step()
    if template.max_norm is not None:
        summed = [
            [i for i in range(kernel.ndim) if i != axis]
            for kernel, axis in zip(kernels, template.axes, strict=True)
        ]
        limit_norms(kernels, summed, template.max_norm)
    return loss.detach()


def _speeds(runner: ModuleRunner) -> dict[Tensor, float]:
    groups = runner.optimizer.param_groups
    return {tensor: float(group["lr"]) for group in groups for tensor in group["params"]}


def _penalty(runner: ModuleRunner) -> Tensor:
    """Return ``sum_w (l1 |w| + l2 / 2 w^2)`` over the kernels."""
    regime = runner.job.regime
    total = torch.zeros((), device=device())
    if not (regime.l1 or regime.l2):
        return total
    for i in runner.template.kernels:
        weight = runner.weights[i]
        total = total + regime.l1 * weight.abs().sum() + regime.l2 / 2 * torch.square(weight).sum()
    return total


def quiet_outputs(module: torch.nn.Module, rows: Tensor) -> AnyArray:
    """Return a module's raw outputs for some rows, in evaluation mode."""
    module.train(mode=False)
    # A last piece of the same size, so that a row's prediction depends on no other row's.
    short = -len(rows) % ROWS_AT_ONCE
    padded = torch.cat([rows, rows.new_zeros((short, *rows.shape[1:]))]) if short else rows
    with torch.no_grad():
        found = [module(block) for block in padded.split(ROWS_AT_ONCE)]
    return np.asarray(torch.cat(found)[: len(rows)].cpu().numpy())


def _part(weights: Tensor | None, first: int, size: int) -> Tensor | None:
    return None if weights is None else weights[first : first + size]
