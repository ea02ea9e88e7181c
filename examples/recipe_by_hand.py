"""The recipe in plain Keras: two networks, two calls of `fit`, one figure.

It shows what `bridle.plot_curves` needs: what `fit` returned, twice. One split and one seed show what
happened once; `recipe.py` asks whether it would happen again.
"""

from __future__ import annotations

import argparse

import numpy as np

import bridle
from bridle.backend import load_keras

keras = load_keras()  # on JAX, unless KERAS_BACKEND or keras.json says otherwise


def build_network(rate: float) -> keras.Sequential:
    keras.utils.set_random_seed(42)
    network = keras.Sequential([keras.Input((20,))])
    for units in (128, 64):
        network.add(keras.layers.Dense(units, activation="relu"))
        if rate:
            network.add(keras.layers.Dropout(rate))
    network.add(keras.layers.Dense(1, activation="sigmoid"))
    network.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figure", nargs="?", default="recipe_by_hand.png")
    parser.add_argument("--epochs", type=int, default=15)
    arguments = parser.parse_args()

    rng = np.random.default_rng(42)
    X = rng.standard_normal((4000, 20))
    y = (X @ rng.standard_normal(20) + 2 * rng.standard_normal(4000) > 0).astype("float32")

    rules = {
        "epochs": arguments.epochs,
        "batch_size": 128,
        "validation_split": 0.1,
        "verbose": 0,
    }
    baseline_history = build_network(rate=0.0).fit(X, y, **rules)
    history = build_network(rate=0.5).fit(X, y, **rules)

    for name, one in (("baseline", baseline_history), ("dropout", history)):
        print(f"{name}: last validation loss {one.history['val_loss'][-1]:.4f}")
    bridle.plot_curves(baseline_history, history).savefig(arguments.figure)
    print("Figure:", arguments.figure)


if __name__ == "__main__":
    main()
