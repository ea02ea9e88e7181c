"""`ChainRunner`: trains runs of a chain side by side, with stacked weights and one optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bridle.networks.engine.job import Job
from bridle.networks.engine.torch.chain import Chain, Noise, chain_of, run_chain
from bridle.networks.engine.torch.runner import (
    Runner,
    limit_norms,
    row_losses,
    rows_of_pass,
    template_of,
)
from bridle.networks.own.torch.module_rows import as_rows
from bridle.networks.template.template import State
from bridle.networks.template.torch.torch_template import device
from bridle.types import AnyArray

__all__ = ["ChainRunner"]


class ChainRunner(Runner):
    """Runs of one chain with one learning rate; each has its rows, rates, masks and strengths."""

    def __init__(self, group: Sequence[Job], states: Sequence[State]) -> None:
        self.group = group
        self.template = template_of(group[0])
        chain = chain_of(self.template)
        assert chain is not None
        self.chain: Chain = chain
        self.weights = [
            _stacked(parts).requires_grad_()
            for parts in zip(*(state.trainable for state in states), strict=True)
        ]
        n = len(self.template.sources)
        self.places = [
            [list(map(int, place)) for place in state.non_trainable[n:]] for state in states
        ]
        regime = group[0].regime
        self.optimizer = self.template.optimizer_of(self.weights, regime.learning_rate)
        self._load_moments(states)
        features = self.template.features
        rows = [np.concatenate([job.training[0], job.validation[0]]) for job in group]
        self.rows = as_rows(np.stack(rows), features).to(device())
        names = ("l1", "l2", "weight_decay")
        self.l1, self.l2, self.decay = (
            _column([getattr(job.regime, name) for job in group]) for name in names
        )

    def _load_moments(self, states: Sequence[State]) -> None:
        # A step on gradients of 0 makes the variables, which are then set.
        kept = [weight.detach().clone() for weight in self.weights]
        for tensor in self.weights:
            tensor.grad = torch.zeros_like(tensor)
        self.optimizer.step()
        values = zip(*(state.optimizer for state in states), strict=True)
        with torch.no_grad():
            for weight, before in zip(self.weights, kept, strict=True):
                weight.copy_(before)
                for held in self._variables(weight):
                    parts = next(values)
                    stacks = held.shape == weight.shape
                    held.copy_(_stacked(parts) if stacks else torch.as_tensor(np.array(parts[0])))

    def _variables(self, weight: Tensor) -> list[Tensor]:
        held = self.optimizer.state.get(weight, {})
        return [held[name] for name in sorted(held) if isinstance(held[name], Tensor)]

    def train_pass(self, number: int, rates: Sequence[float]) -> AnyArray:
        """Train on the rows of a pass; see `Runner.train_pass`."""
        rows = [rows_of_pass(job, number) for job in self.group]
        X, y = (torch.stack([row[i] for row in rows]) for i in (0, 1))
        size = self.group[0].shapes[2]
        noise = Noise(rates, self.places)
        losses = [
            self._step(X[:, i : i + size], y[:, i : i + size], noise)
            for i in range(0, X.shape[1], size)
        ]
        return torch.stack(losses).cpu().double().numpy()

    def _step(self, X: Tensor, y: Tensor, noise: Noise) -> Tensor:
        outputs = run_chain(self.chain, self.weights, X, noise)
        loss = row_losses(self.template, outputs, y).mean(1)
        if self.l1.any() or self.l2.any():
            loss = loss + self._penalty()
        self.optimizer.zero_grad(set_to_none=True)
        loss.sum().backward()
        kernels = [self.weights[i] for i in self.template.kernels]
        if self.decay.any():
            speed = float(self.optimizer.param_groups[0]["lr"])
            with torch.no_grad():
                for kernel in kernels:
                    kernel.mul_(1 - speed * self.decay[:, None, None])
        self.optimizer.step()
        if self.template.max_norm is not None:
            limit_norms(kernels, [[2]] * len(kernels), self.template.max_norm)
        return loss.detach()

    def _penalty(self) -> Tensor:
        total = torch.zeros(len(self.group), device=device())
        for i in self.template.kernels:
            weight = self.weights[i]
            total = total + self.l1 * weight.abs().sum((1, 2))
            total = total + self.l2 / 2 * torch.square(weight).sum((1, 2))
        return total

    def outputs(self) -> list[AnyArray]:
        """Return raw outputs; see `Runner.outputs`."""
        with torch.no_grad():
            found = run_chain(self.chain, self.weights, self.rows)
        return list(found.cpu().numpy())

    def penalties(self) -> list[float]:
        """Return the penalty of each run's weights."""
        with torch.no_grad():
            return [float(value) for value in self._penalty()]

    def states(self) -> list[State]:
        """Return copies of the runs' states."""
        weights = [np.array(weight.detach().cpu().numpy()) for weight in self.weights]
        moments = [
            (np.array(held.cpu().numpy()), held.shape == weight.shape)
            for weight in self.weights
            for held in self._variables(weight)
        ]
        return [
            State(
                [weight[run] for weight in weights],
                self._others(run),
                [value[run] if stacks else value for value, stacks in moments],
            )
            for run in range(len(self.group))
        ]

    def _others(self, run: int) -> list[AnyArray]:
        rate = np.asarray(self.group[run].regime.rate, dtype=np.float64)
        places = [np.asarray(place, dtype=np.int64) for place in self.places[run]]
        return [*([rate] * len(places)), *places]


def _stacked(parts: Sequence[Any]) -> Tensor:
    return torch.from_numpy(np.stack([np.asarray(part) for part in parts])).to(device())


def _column(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32, device=device())
