"""The networks of the comparison: the recipe without dropout and with it."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.dropout.backend import load_keras
from bridle.dropout.recipe import Kind, Recipe, build_network, predictions, reset_network
from bridle.dropout.training import Rows, network_outputs, train
from bridle.workbench.arm.base import Arm, Fit, Part, Split
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Curves
from bridle.workbench.task import TaskKind

__all__ = ["Baseline", "Dropout"]

RECIPE = Recipe()


class Baseline(Arm):
    """The network without dropout.

    Parameters
    ----------
    recipe : Recipe
        Its rate is ignored.
    """

    name = "baseline"
    needs_network = True

    def __init__(self, recipe: Recipe = RECIPE) -> None:
        self.recipe = replace(recipe, rate=0.0)
        self.title = self.recipe.title

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Train without noise; see `bridle.workbench.arm.base.Arm.fit`."""
        return _fit(self.recipe, split, protocol, seed)


class Dropout(Arm):
    """The same network with dropout after each hidden layer.

    Parameters
    ----------
    recipe : Recipe
    """

    name = "dropout"
    needs_network = True

    def __init__(self, recipe: Recipe = RECIPE) -> None:
        self.recipe = recipe
        self.title = self.recipe.title

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Train with noise; see `bridle.workbench.arm.base.Arm.fit`."""
        return _fit(self.recipe, split, protocol, seed)


def _fit(recipe: Recipe, split: Split, protocol: Protocol, seed: int) -> Fit:
    kind = split.task.kind
    network = _compiled(split.train.X.shape[1], split.task.n_outputs, kind, recipe)
    reset_network(network, seed)
    convert = load_keras().ops.convert_to_numpy
    history = train(
        network,
        kind,
        _rows(split.train, kind),
        _rows(split.validation, kind),
        epochs=protocol.epochs,
        batch_size=protocol.batch_size,
        seed=seed,
    )
    # Not get_weights: Keras 3.15 trips over NumPy 2's copy keyword there. The copy is for torch.
    weights = [np.array(convert(weight.value)) for weight in network.weights]

    def predict(X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        # The compiled network serves other seeds as well: put these weights back first.
        network.set_weights(weights)
        return predictions(kind, network_outputs(network, X.astype(np.float32)))

    return Fit(
        predict=predict,
        curves=Curves(**asdict(history)),
        details={
            "rate": recipe.rate,
            "epochs": protocol.epochs,
            "parameters": network.count_params(),
        },
    )


@lru_cache(maxsize=4)
def _compiled(n_features: int, n_outputs: int, kind: Kind, recipe: Recipe) -> Any:
    """Return a network to reset: compiling one takes seconds, training it often less."""
    return build_network(n_features, n_outputs, kind, recipe=recipe, seed=0)


def _rows(part: Part, kind: TaskKind) -> Rows:
    codes = np.int32 if kind == "multiclass" else np.float32
    return part.X.astype(np.float32), part.y.astype(codes)
