"""``python -m benchmarks.sub_network_study DATA.npz OUT.jsonl``: masks a sample, a batch, a group.

For each seed and arm a network of two hidden layers is trained, with the rate that was best on the
validation rows of a seed of its own, which is not counted; a line of the best validation loss, its
accuracy and the seconds up to it is appended to a file. Lines that are there already are not run
again, so that it can be run in pieces.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import numpy as np

from bridle import streams
from bridle.backend import load_keras
from bridle.dropout.keras_layers import Dropout, SubNetwork

__all__ = ["main"]

keras = load_keras()

GROUPS = {"blocks a batch": 1, "4 groups": 4, "16 groups": 16}
ARMS = ("none", "mask a sample", *GROUPS)
RATES = (0.2, 0.35, 0.5, 0.65)
TUNING = 1000
"""The seed that chooses rates."""


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--width", default=1024, show_default=True, help="Units of a hidden layer.")
@click.option("--epochs", default=40, show_default=True)
@click.option("--seeds", default=5, show_default=True)
@click.option("--batch", default=128, show_default=True)
@click.option("--minutes", default=5.0, show_default=True, help="Begin no run after so many.")
def main(
    data: Path, out: Path, width: int, epochs: int, seeds: int, batch: int, minutes: float
) -> None:
    """Train what is not in OUT yet, and append a line for each run."""
    began = perf_counter()
    X, y = rows(data)
    lines = out.read_text().splitlines() if out.exists() else []
    done = [line for line in map(json.loads, lines) if line["data"] == data.stem]
    for seed in (TUNING, *range(seeds)):
        for arm in ARMS:
            for rate in rates(arm, seed, done):
                key = {"data": data.stem, "seed": seed, "arm": arm, "rate": rate, "width": width}
                if any(key.items() <= line.items() for line in done):
                    continue
                if perf_counter() - began > 60 * minutes:
                    return
                done.append({**key, **run(X, y, arm, rate, seed, (width, epochs, batch))})
                with out.open("a") as file:
                    file.write(json.dumps(done[-1]) + "\n")
                click.echo(done[-1])


def rows(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return features of mean 0 and variance about 1, and classes from 0."""
    held = np.load(data)
    X = held["X"].reshape(len(held["X"]), -1).astype("float32")
    X = (X - X.mean()) / X.std()
    return X, np.unique(held["y"], return_inverse=True)[1]


def rates(arm: str, seed: int, done: list[dict[str, Any]]) -> tuple[float, ...]:
    """Return the rates to run: all for the tuning seed, then the one that was best there."""
    if arm == "none":
        return (0.0,)
    if seed == TUNING:
        return RATES
    tried = [line for line in done if line["arm"] == arm and line["seed"] == TUNING]
    return (min(tried, key=lambda line: line["loss"])["rate"],)


def run(
    X: np.ndarray, y: np.ndarray, arm: str, rate: float, seed: int, size: tuple[int, int, int]
) -> dict[str, float]:
    """Return the best validation loss, the accuracy there, the epoch, and the seconds up to it."""
    width, epochs, batch = size
    order = streams.generator(seed, "split").permutation(len(X))
    train, held = order[: len(X) * 3 // 4], order[len(X) * 3 // 4 :]
    keras.utils.set_random_seed(seed)
    network = keras.Sequential([keras.Input(X.shape[1:]), *layers(arm, rate, width, y.max() + 1)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    # Compilation is no part of training: one step is made before the clock starts, and undone.
    weights = network.get_weights()
    network.fit(X[train[:batch]], y[train[:batch]], batch_size=batch, verbose=0)
    network.set_weights(weights)
    best: dict[str, float] = {"loss": float("inf")}
    seconds = 0.0
    for epoch in range(epochs):
        began = perf_counter()
        whole = train[: len(train) // batch * batch]
        network.fit(X[whole], y[whole], batch_size=batch, verbose=0)
        seconds += perf_counter() - began
        value, accuracy = network.evaluate(X[held], y[held], batch_size=len(held), verbose=0)
        if value < best["loss"]:
            best = {"loss": value, "accuracy": accuracy, "epoch": epoch + 1, "seconds": seconds}
    return {**best, "seconds_an_epoch": seconds / epochs}


def layers(arm: str, rate: float, width: int, classes: int) -> list[Any]:
    """Return the layers of an arm."""
    first, second = (keras.layers.Dense(width, "relu") for _ in range(2))
    last = keras.layers.Dense(int(classes))
    if arm in GROUPS:
        return [SubNetwork([first, second, last], rate, groups=GROUPS[arm])]
    if arm == "none":
        return [first, second, last]
    return [first, Dropout(rate), second, Dropout(rate), last]


if __name__ == "__main__":
    main()
