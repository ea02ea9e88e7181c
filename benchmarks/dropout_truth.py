"""Whether dropout truly helps on a kind of data, by plain Keras on large test sets: a table.

Run as ``python -m benchmarks.dropout_truth``. Networks are built, trained and tested by Keras alone, on
rows that no study of `benchmarks.planted` sees; bridle chooses the backend, no more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.backend import load_keras

__all__ = ["TRUTHS", "Truth", "true_changes"]

Array = npt.NDArray[Any]
SEEDS = 20
TEST_ROWS = 20_000
BATCH = 128
RATE = 0.5


@dataclass(frozen=True)
class Truth:
    """A kind of data and a network, on which dropout is known to help or to hurt.

    Attributes
    ----------
    draw : callable
        From (rng, n) to n rows of features and targets.
    n_rows : int
        Of a study; it trains on 81 %.
    helps : bool
        Whether dropout lowers the expected test loss.
    classes : bool
        Whether targets are 0 and 1.
    epochs : int
    hidden : tuple of int
        Units of the hidden layers.
    learning_rate : float
        Of Adam.
    """

    draw: Callable[[np.random.Generator, int], tuple[Array, Array]]
    n_rows: int
    helps: bool
    classes: bool
    epochs: int = 60
    hidden: tuple[int, ...] = (128, 64)
    learning_rate: float = 1e-3

    @property
    def n_train(self) -> int:
        """Rows that a split of a study trains on: nine tenths of nine tenths."""
        return round(0.81 * self.n_rows)

    def network(self, n_features: int, rate: float) -> Any:
        """Return a compiled network with dropout after each hidden layer, or without."""
        keras = load_keras()
        layers: list[Any] = [keras.Input((n_features,))]
        for units in self.hidden:
            layers.append(keras.layers.Dense(units, activation="relu"))
            if rate:
                layers.append(keras.layers.Dropout(rate))
        network = keras.Sequential([*layers, keras.layers.Dense(1)])
        loss = keras.losses.BinaryCrossentropy(from_logits=True) if self.classes else "mse"
        network.compile(keras.optimizers.Adam(self.learning_rate), loss)
        return network


def _wide(useful: int, noise: float, flipped: float = 0.0) -> Callable[..., tuple[Array, Array]]:
    """Draw 60 features, few of use, and classes with noise, some of them flipped."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, 60))
        score = X[:, :useful].sum(axis=1) / np.sqrt(useful) + noise * rng.normal(size=n)
        return X, ((score > 0) ^ (rng.random(n) < flipped)).astype(int)

    return draw


def _smooth(noise: float) -> Callable[..., tuple[Array, Array]]:
    """Draw 5 features and a smooth function of 4 of them, with little noise or none."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        X = rng.normal(size=(n, 5))
        y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + X[:, 3] / 2
        return X, y + noise * rng.normal(size=n)

    return draw


TRUTHS = {
    "60 features, 5 of use, 800 rows": Truth(_wide(5, 0.7), 800, helps=True, classes=True),
    "the same, 200 rows": Truth(_wide(5, 0.7), 200, helps=True, classes=True),
    "a fifth of the labels flipped": Truth(_wide(3, 0.0, 0.2), 1000, helps=True, classes=True),
    "a smooth function": Truth(_smooth(0.0), 800, helps=False, classes=False),
    "the same, 150 rows": Truth(_smooth(0.0), 150, helps=False, classes=False),
    "a network of 8 units": Truth(
        _smooth(0.1), 800, helps=False, classes=False, hidden=(8,), learning_rate=1e-2
    ),
}


def true_changes(truth: Truth, seeds: int = SEEDS) -> Array:
    """Return the test loss of the network with dropout minus that of the plain one, for each seed.

    Each seed draws its own training rows and 20,000 test rows. The target of a regression is counted in
    standard deviations of its training rows.
    """
    return np.array([_change(truth, seed) for seed in range(seeds)])


def _change(truth: Truth, seed: int) -> float:
    keras = load_keras()
    # The second number keeps these rows from being those of a study.
    X, y = truth.draw(np.random.default_rng([seed, 2**31]), truth.n_train + TEST_ROWS)
    train = slice(truth.n_train)
    X = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    if not truth.classes:
        y = (y - y[train].mean()) / y[train].std()
    losses = []
    for rate in (0.0, RATE):
        keras.utils.set_random_seed(seed)
        network = truth.network(X.shape[1], rate)
        network.fit(X[train], y[train], batch_size=BATCH, epochs=truth.epochs, verbose=0)
        outputs = network.predict(X[truth.n_train :], batch_size=TEST_ROWS, verbose=0)[:, 0]
        losses.append(_loss(truth, outputs.astype(float), y[truth.n_train :]))
        keras.backend.clear_session()
    return losses[1] - losses[0]


def _loss(truth: Truth, outputs: Array, y: Array) -> float:
    if truth.classes:
        return float((np.logaddexp(0.0, outputs) - y * outputs).mean())
    return float(((outputs - y) ** 2).mean())


def main(names: list[str]) -> None:
    """Print the table."""
    print("| kind | dropout minus plain | standard error | seeds |\n|---|---|---|---|")
    for name in names or TRUTHS:
        found = true_changes(TRUTHS[name])
        error = found.std(ddof=1) / np.sqrt(len(found))
        print(f"| {name} | {found.mean():.4f} | {error:.4f} | {len(found)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
