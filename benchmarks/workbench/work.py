"""The same training on both sides: data, our jobs, and a plain Keras fit."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import keras
import numpy as np

from bridle.networks.engine.job import Job
from bridle.networks.engine.train_jobs import plan_groups, train_jobs
from bridle.networks.recipe import Recipe
from bridle.networks.regime import Regime
from bridle.networks.sources import Structure
from bridle.networks.template.networks import Networks

__all__ = ["RECIPE", "WIDE", "Work", "fresh_network", "seconds_of_fit", "seconds_of_jobs"]

EPOCHS = 15
BATCH_SIZE = 128


@dataclass(frozen=True)
class Work:
    """A data set and a network.

    Attributes
    ----------
    n_train, n_validation, n_features : int
    n_classes : int
    hidden : tuple of int
    """

    n_train: int
    n_validation: int
    n_features: int
    n_classes: int
    hidden: tuple[int, ...]

    def rows(self, n: int, seed: int) -> tuple[Any, Any]:
        """Return Gaussian features and classes that a linear signal and noise give."""
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((n, self.n_features), dtype=np.float32)
        signal = X @ np.random.default_rng(0).standard_normal(self.n_features)
        noisy = signal + 2 * rng.standard_normal(n)
        cuts = np.quantile(noisy, np.arange(1, self.n_classes) / self.n_classes)
        y = np.digitize(noisy, cuts)
        return X, y.astype("float32" if self.n_classes == 2 else "int32")

    def job(self, rate: float, seed: int) -> Job:
        """Return our training."""
        structure = Structure(Recipe(self.hidden, 0.5), (self.n_features,), self.n_classes)
        return Job(
            template=Networks().template(structure),
            regime=Regime(rate=rate),
            training=self.rows(self.n_train, 1),
            validation=self.rows(self.n_validation, 2),
            epochs=EPOCHS,
            batch_size=BATCH_SIZE,
            seed=seed,
        )


RECIPE = Work(3240, 360, 20, 2, (128, 64))
"""What 4,000 rows leave for training and validation."""

WIDE = Work(1263, 141, 617, 26, (512, 512))
"""The shape of isolet."""


def seconds_of_jobs(jobs: list[Job]) -> float:
    """Train and return the wall time."""
    began = perf_counter()
    done = dict(train_jobs(jobs, plan_groups(jobs)))
    assert len(done) == len(jobs)
    return perf_counter() - began


def fresh_network(work: Work, rate: float, seed: int) -> Any:
    """Return the network as one writes it by hand, compiled."""
    keras.utils.set_random_seed(seed)
    network = keras.Sequential([keras.Input((work.n_features,))])
    for units in work.hidden:
        network.add(keras.layers.Dense(units, activation="relu"))
        if rate:
            network.add(keras.layers.Dropout(rate))
    several = work.n_classes > 2
    network.add(keras.layers.Dense(work.n_classes if several else 1))
    losses = keras.losses
    loss = losses.SparseCategoricalCrossentropy if several else losses.BinaryCrossentropy
    network.compile("adam", loss(from_logits=True))
    return network


def seconds_of_fit(network: Any, work: Work) -> float:
    """Fit and return the wall time, compilation included where it is the first time."""
    X, y = work.rows(work.n_train, 1)
    validation = work.rows(work.n_validation, 2)
    began = perf_counter()
    network.fit(X, y, epochs=EPOCHS, batch_size=BATCH_SIZE, validation_data=validation, verbose=0)
    return perf_counter() - began
