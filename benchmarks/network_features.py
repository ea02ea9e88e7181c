"""``python -m benchmarks.network_features [MADELON.npz]``: which features a first layer keeps.

Beside those that the elastic net keeps, on a planted set with 20 of 500 features informative (half
of them by a product, which no linear model sees) and on Madelon where its file is at hand.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from bridle import ElasticNetClassifierCV, ElasticNetPenalty
from bridle.dropout.backend import load_keras
from bridle.network_penalty import add_proximal_step, kept_inputs

__all__ = ["main"]

keras = load_keras()

INFORMATIVE = 20
STRENGTHS = (0.01, 0.02, 0.04)


def main(*files: str) -> None:
    """Print for each set and strength how many features are kept, and how good they are."""
    X, y = planted()
    report("planted", X, y, set(range(INFORMATIVE)))
    for file in files:
        held = np.load(file)
        X = held["X"].astype(float)
        X = (X - X.mean(0)) / X.std(0)
        report("madelon", X, np.unique(held["y"], return_inverse=True)[1], None)


def planted() -> tuple[np.ndarray, np.ndarray]:
    """Return 2,000 rows of 500 features, the first 20 of which make the class."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 500))
    linear = X[:, :10].sum(1)
    products = (X[:, 10:20:2] * X[:, 11:20:2]).sum(1)
    return X, (linear + 2 * products > 0).astype(int)


def report(name: str, X: np.ndarray, y: np.ndarray, informative: set[int] | None) -> None:
    """Print the lines of one set; the last quarter of the rows judges."""
    train = len(X) * 3 // 4
    engine = ElasticNetClassifierCV(l1_ratio=1.0, alphas=20, rule="1se", tol=1e-3).fit(
        X[:train], y[:train]
    )
    chosen = set(np.flatnonzero(np.any(np.atleast_2d(engine.coef_) != 0, axis=0)))
    right = float(np.mean(engine.predict(X[train:]) == y[train:]))
    print(f"{name}: elastic net", line(chosen, right, informative, chosen))
    for strength in STRENGTHS:
        network, first = fitted(X[:train], y[:train], strength)
        right = float(np.mean(network.predict(X[train:], verbose=0).argmax(1) == y[train:]))
        kept = set(kept_inputs(first).tolist())
        print(f"{name}: first layer, l1 {strength:g}", line(kept, right, informative, chosen))


def line(kept: set[int], right: float, informative: set[int] | None, other: set[int]) -> str:
    """Return what is known of a set of features."""
    words = [f"{len(kept)} kept", f"{len(kept & other)} of them the elastic net's"]
    if informative is not None:
        words.append(f"{len(kept & informative)} of {len(informative)} informative")
    return ", ".join([*words, f"accuracy {right:.3f}"])


def fitted(X: np.ndarray, y: np.ndarray, strength: float) -> tuple[Any, Any]:
    """Return a network whose first layer chose features, and that layer."""
    keras.utils.set_random_seed(0)
    first = keras.layers.Dense(64, "relu")
    network = keras.Sequential([keras.Input(X.shape[1:]), first, keras.layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(3e-3), loss)
    add_proximal_step(network, ElasticNetPenalty(strength, 0.0), [first], by="input")
    network.fit(X.astype("float32"), y, batch_size=128, epochs=60, verbose=0)
    return network, first


if __name__ == "__main__":
    main(*sys.argv[1:])
