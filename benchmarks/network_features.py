"""``python -m benchmarks.network_features [MADELON.npz [PICTURE.png]]``: what a first layer keeps.

`select_inputs` beside the elastic net, and the network that it makes beside the same network without
penalty, stopped early. The sets: 20 of 500 features informative, each on its own and in a product
(``main effects``); half of them in products alone, which no linear model sees (``products``); and
Madelon, 20 of 500 relevant, where its file is at hand. Half of 4,000 rows trains (Madelon: of its
2,600), a quarter chooses, a quarter judges. What is planted is used to count, and for nothing else.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle import ElasticNetClassifierCV
from bridle.backend import load_keras
from bridle.networks.penalty import InputSelection, select_inputs

__all__ = ["main"]

keras = load_keras()

INFORMATIVE = 20
SEEDS = (0, 1, 2)
PLANTED = ("main effects", "products")


@dataclass(frozen=True)
class Parts:
    """Rows that train, choose and judge, on the scale of those that train."""

    X: tuple[np.ndarray, np.ndarray, np.ndarray]
    y: tuple[np.ndarray, np.ndarray, np.ndarray]


def main(madelon: str = "", picture: str = "") -> None:
    """Print one line for each set and seed, and draw the paths of the first seed."""
    print(
        "| set | seed | elastic net keeps (informative) | accuracy | network keeps (informative) "
        "| accuracy | without penalty |\n|---|---|---|---|---|---|---|"
    )
    drawn = {}
    for name in (*PLANTED, *(["madelon"] if madelon else [])):
        for seed in SEEDS:
            parts = divided(*(planted(name, seed) if name in PLANTED else shuffled(madelon, seed)))
            selection = report(name, seed, parts)
            drawn.setdefault(name, selection)
    if picture:
        draw(drawn, picture)


def planted(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 4,000 rows of 500 features, the first 20 of which make the class."""
    X = np.random.default_rng(seed).standard_normal((4000, 500))
    if name == "main effects":
        score = X[:, :20].sum(1) + (X[:, :20:2] * X[:, 1:20:2]).sum(1)
    else:
        score = X[:, :10].sum(1) + 2 * (X[:, 10:20:2] * X[:, 11:20:2]).sum(1)
    return X, (score > 0).astype(int)


def shuffled(file: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of a file in an order of the seed's."""
    held = np.load(file)
    order = np.random.default_rng(seed).permutation(len(held["X"]))
    return held["X"].astype(float)[order], np.unique(held["y"], return_inverse=True)[1][order]


def divided(X: np.ndarray, y: np.ndarray) -> Parts:
    """Return a half, a quarter and a quarter of the rows."""
    cuts = [len(X) // 2, len(X) * 3 // 4]
    train = X[: cuts[0]]
    X = (X - train.mean(0)) / train.std(0)
    return Parts(tuple(np.split(X.astype("float32"), cuts)), tuple(np.split(y, cuts)))


def report(name: str, seed: int, parts: Parts) -> InputSelection:
    """Print the line of one set and seed."""
    X, y = parts.X, parts.y
    # The engine chooses by folds of all rows that do not judge.
    engine = ElasticNetClassifierCV(l1_ratio=1.0, alphas=20, rule="1se", tol=1e-3)
    engine.fit(np.concatenate(X[:2]).astype(float), np.concatenate(y[:2]))
    linear = np.flatnonzero(np.any(np.atleast_2d(engine.coef_) != 0, axis=0))
    linear_right = float(np.mean(engine.predict(X[2].astype(float)) == y[2]))
    plain = network(seed)
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    options = {"validation_data": (X[1], y[1]), "batch_size": 256}
    plain.fit(X[0], y[0], epochs=100, callbacks=[stop], verbose=0, **options)
    chosen = network(seed)
    selection = select_inputs(chosen, chosen.layers[0], X[0], y[0], **options)
    cells = [
        name,
        str(seed),
        count(linear, name),
        f"{linear_right:.3f}",
        count(selection.kept, name),
        f"{accuracy(chosen, X[2], y[2]):.3f}",
        f"{accuracy(plain, X[2], y[2]):.3f}",
    ]
    print("| " + " | ".join(cells) + " |", flush=True)
    return selection


def network(seed: int) -> Any:
    """Return the network of all arms, with the same first weights for the same seed."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((500,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(2)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss)
    return model


def accuracy(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return the share of rows whose class is right."""
    return float(np.mean(model.predict(X, verbose=0).argmax(1) == y))


def count(kept: np.ndarray, name: str) -> str:
    """Return how many features are kept, and of those that were planted where one knows."""
    known = f" ({np.sum(kept < INFORMATIVE)})" if name in PLANTED else ""
    return f"{len(kept)}{known}"


def draw(selections: dict[str, InputSelection], file: str) -> None:
    """Draw the number of kept inputs and the validation loss along the paths of each set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(selections), 4.2), layout="constrained")
    panels = figure.subplots(2, len(selections), sharex="col", squeeze=False)
    for (name, selection), (above, below) in zip(selections.items(), panels.T, strict=True):
        for label, path, color in (
            ("plain", selection.plain, "tab:gray"),
            ("adaptive", selection.adaptive, "tab:blue"),
        ):
            kept = [len(features) for features in path.kept]
            above.plot(path.strengths, kept, ".-", color=color, label=label)
            below.plot(path.strengths, path.losses, ".-", color=color, label=label)
        path = selection.adaptive
        for panel, value in (
            (above, len(selection.kept)),
            (below, path.losses[path.chosen]),
        ):
            panel.plot(path.strengths[path.chosen], value, "o", color="tab:red", label="chosen")
        above.axhline(INFORMATIVE, color="black", lw=0.7, ls=":")
        above.set(title=name, xscale="log", yscale="symlog", ylim=(0, 700))
        below.set(xlabel="l1")
    panels[0, 0].set_ylabel("kept inputs of 500")
    panels[1, 0].set_ylabel("validation loss")
    panels[1, 0].legend(frameon=False)
    figure.savefig(file, dpi=80)


if __name__ == "__main__":
    main(*sys.argv[1:])
