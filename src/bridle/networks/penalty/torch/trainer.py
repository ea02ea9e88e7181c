"""`TorchTrainer`: the selection of inputs on PyTorch, by an optimiser of the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.networks.penalty.selection_trainer import SelectionTrainer, finite_means
from bridle.networks.penalty.torch.kernels import kernel_array, kernels
from bridle.networks.penalty.torch.step import add_step
from bridle.types import AnyArray, Array

__all__ = ["TorchTrainer"]


@dataclass(frozen=True, eq=False)
class TorchTrainer(SelectionTrainer):
    """A module, its optimiser and loss, and its rows.

    Parameters
    ----------
    model : torch.nn.Module
    layer : torch.nn.Linear
    optimizer : torch.optim.Optimizer
    loss : callable
        Of outputs and targets, with a value for each row.
    rows, validation_rows : (array, array)
        Arrays or tensors.
    l2 : float
    epochs, batch_size : int
    """

    model: nn.Module
    layer: nn.Linear
    optimizer: optim.Optimizer
    loss: Any
    rows: tuple[Any, Any]
    validation_rows: tuple[Any, Any]
    l2: float
    epochs: int
    batch_size: int

    def penalise(self, strength: float, factors: Array) -> None:
        """Apply l1 to the inputs of the layer and l2 to all other kernels."""
        penalty = ElasticNetPenalty(float(strength), 0.0, factors=factors)
        add_step(self.model, penalty, [self.layer], "input", self.optimizer)
        first = kernels(self.model, [self.layer])[0]
        trained = {id(kernel) for kernel in kernels(self.model, None)} - {id(first)}
        others = [
            module
            for module in self.model.modules()
            if id(getattr(module, "weight", None)) in trained
        ]
        if others:
            weak = ElasticNetPenalty(0.0, self.l2)
            add_step(self.model, weak, others, "weight", self.optimizer)

    def train(self) -> None:
        """Train for the epochs of one strength, on rows in the order of PyTorch's seed."""
        X, y = self._tensors(self.rows)
        self.model.train()
        for _ in range(self.epochs):
            for rows in torch.randperm(len(X)).to(X.device).split(self.batch_size):
                self.optimizer.zero_grad()
                self.loss(self.model(X[rows]), y[rows]).mean().backward()
                self.optimizer.step()

    def validation_losses(self, strength: float) -> Array:
        """Return the loss of each validation row."""
        X, y = self._tensors(self.validation_rows)
        self.model.train(mode=False)
        with torch.no_grad():
            found = self.loss(self.model(X), y)
        return finite_means(np.asarray(found.cpu(), dtype=np.float64), len(X), self.loss, strength)

    def _tensors(self, rows: tuple[Any, Any]) -> list[Tensor]:
        like = self.layer.weight
        found = [torch.as_tensor(array).to(like.device) for array in rows]
        return [tensor.to(like.dtype) if tensor.is_floating_point() else tensor for tensor in found]

    def kernel(self) -> AnyArray:
        """Return the kernel of the layer."""
        return kernel_array(self.layer)

    def weights(self) -> list[Any]:
        """Return the state of the module, as one value of a list."""
        return [{name: tensor.clone() for name, tensor in self.model.state_dict().items()}]

    def set_weights(self, weights: list[Any]) -> None:
        """Load the state of the module."""
        self.model.load_state_dict(weights[0])
