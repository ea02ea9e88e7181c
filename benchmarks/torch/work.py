"""The same training on both sides: data, bridle's jobs, and a loop as people write it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from bridle.networks.engine.job import Job
from bridle.networks.engine.train_jobs import plan_groups, train_jobs
from bridle.networks.regime import Regime
from bridle.networks.sources import Structure
from bridle.networks.template.networks import Networks
from bridle.types import AnyArray

__all__ = ["Work"]

BATCH_SIZE = 128


@dataclass(frozen=True)
class Work:
    """A data set, a network and a number of epochs.

    Attributes
    ----------
    n_train, n_validation, n_features, n_classes : int
    hidden : tuple of int
    epochs : int
    """

    n_train: int
    n_validation: int
    n_features: int
    n_classes: int
    hidden: tuple[int, ...]
    epochs: int

    def rows(self, n: int, seed: int) -> tuple[AnyArray, AnyArray]:
        """Return Gaussian features and the classes that a linear signal and noise give."""
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((n, self.n_features), dtype=np.float32)
        noisy = X @ np.random.default_rng(0).standard_normal(self.n_features)
        noisy += 2 * rng.standard_normal(n)
        cuts = np.quantile(noisy, np.arange(1, self.n_classes) / self.n_classes)
        y = np.digitize(noisy, cuts)
        return X, y.astype("float32" if self.n_classes == 2 else "int32")

    def network(self, rate: float = 0.0) -> nn.Sequential:
        """Return the network with dropout after each hidden layer; rate 0 for none."""
        layers: list[nn.Module] = []
        width = self.n_features
        for units in self.hidden:
            layers += [nn.Linear(width, units), nn.ReLU(), *([nn.Dropout(rate)] if rate else [])]
            width = units
        return nn.Sequential(*layers, nn.Linear(width, self.n_classes if self.n_classes > 2 else 1))

    def train_by_bridle(self, runs: list[tuple[float, int]]) -> None:
        """Train a network for each rate and seed as a study does."""
        source = lambda n_features, n_outputs: self.network()  # noqa: E731
        template = Networks().template(Structure(source, (self.n_features,), self.n_classes))
        jobs = [
            Job(
                template=template,
                regime=Regime(rate=rate),
                training=self.rows(self.n_train, 1),
                validation=self.rows(self.n_validation, 2),
                epochs=self.epochs,
                batch_size=BATCH_SIZE,
                seed=seed,
            )
            for rate, seed in runs
        ]
        done = dict(train_jobs(jobs, plan_groups(jobs)))
        failed = [one for one in done.values() if isinstance(one, Exception)]
        if failed or len(done) != len(jobs):
            raise RuntimeError(f"{len(failed)} of {len(jobs)} jobs failed: {failed[:1]}")

    def train_by_hand(self, rate: float, seed: int) -> None:
        """Train one network, with the losses of each epoch."""
        torch.manual_seed(seed)
        network = self.network(rate)
        for _ in self.epochs_by_hand(network):
            pass

    def epochs_by_hand(self, network: nn.Module) -> Iterator[tuple[float, float]]:
        """Train with Adam, and yield the training and the validation loss of each epoch."""
        X, y = map(torch.from_numpy, self.rows(self.n_train, 1))
        validation, truth = map(torch.from_numpy, self.rows(self.n_validation, 2))
        adam = torch.optim.Adam(network.parameters())
        for _ in range(self.epochs):
            network.train()
            total = 0.0
            for batch in torch.randperm(len(X)).split(BATCH_SIZE):
                adam.zero_grad()
                loss = self._loss(network(X[batch]), y[batch])
                loss.backward()
                adam.step()
                total += loss.item() * len(batch)
            network.eval()
            with torch.no_grad():
                held_out = self._loss(network(validation), truth).item()
            yield total / len(X), held_out

    def _loss(self, outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        if self.n_classes == 2:
            return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], y)
        return nn.functional.cross_entropy(outputs, y.long())
