"""`OwnNetwork`: the network that is trained: the recipe's, or a copy of the user's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bridle.arguments.scalars import refuse
from bridle.networks.keras_loss import compile_network
from bridle.networks.output_kind import Kind
from bridle.networks.own.asked_features import Asked, asked_features, probe_rows
from bridle.networks.own.building.built_network import built_network, output_width
from bridle.networks.own.building.same_build import refuse_width
from bridle.networks.own.head import Link, link_of
from bridle.networks.own.own_loss import OwnLoss, own_loss
from bridle.networks.recipe import Recipe
from bridle.networks.recipe_network import recipe_network

__all__ = ["OwnNetwork", "default_network", "kind_of", "outputs_for", "own_network"]


@dataclass(frozen=True)
class OwnNetwork:
    """A compiled network for training, separate from any network of the user.

    Attributes
    ----------
    network : keras.Model
        The network.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Kind of the task.
    link : {"linear", "softmax", "sigmoid"}
        Kind of its outputs.
    asked : Asked
        What it expects of its features.
    loss : OwnLoss or None
        Its training loss, if that is not the metric of the task.
    """

    network: Any
    kind: Kind
    link: Link
    asked: Asked = field(default_factory=lambda: Asked("scaled"))
    loss: OwnLoss | None = None


def default_network(
    recipe: Recipe, n_features: int, n_classes: int | None, seed: int
) -> OwnNetwork:
    """Return the network of dense layers of a recipe, for training as it is compiled.

    Parameters
    ----------
    recipe : Recipe
        Of kind "mlp". Its dropout has the recipe's rate.
    n_features : int
        At least 1.
    n_classes : int or None
        Number of classes, at least 2; None for numbers.
    seed : int
        Root seed of the random streams.

    Raises
    ------
    InputError
        The recipe is of another kind.
    MissingExtraError
        Keras or its backend is not installed.
    """
    if recipe.kind != "mlp":
        refuse("recipe", "of kind 'mlp', a network of dense layers", recipe.kind)
    width = outputs_for(n_classes)
    kind = kind_of(width, n_classes)
    network = recipe_network(recipe, (n_features,), width, fixed=True, seed=seed)
    compile_network(network, kind, recipe.learning_rate)
    return OwnNetwork(network, kind, "linear")


def own_network(
    given: Any,
    n_features: int | tuple[int, ...],
    n_classes: int | None,
    learning_rate: float,
    seed: int,
    *,
    numbers: Kind = "regression",
) -> OwnNetwork:
    """Return a network of the user for training.

    Parameters
    ----------
    given : keras.Model or callable
        The ``network`` argument. A model is copied with its weights; a function is called with the
        numbers of features and outputs.
    n_features : int or tuple of int
        Number of features, at least 1; or the shape of one row, for images and sequences.
    n_classes : int or None
        Number of classes, at least 2; None for numbers, counts and survival times.
    learning_rate : float
        Step size of Adam for a network that is not compiled, above 0.
    seed : int
        Root seed of the random streams.
    numbers : {"regression", "count", "survival"}
        Kind of the task without classes; outputs for counts are the logarithms of the means, and for
        survival those of the risks. Default "regression".

    Raises
    ------
    InputError
        ``given`` is not a network, or not one for these features and outputs.
    MissingExtraError
        Keras or its backend is not installed.
    """
    n_outputs = outputs_for(n_classes)
    network = built_network(given, n_features, n_outputs, seed)
    width = output_width(network, n_features)
    refuse_width(width, n_outputs, n_classes)
    kind = kind_of(width, n_classes, numbers)
    asked = asked_features(network, n_features)
    link = link_of(network, kind, probe_rows(asked.features, n_features))
    loss = own_loss(network, kind, link, width)
    if not network.compiled:
        compile_network(network, kind, learning_rate, from_logits=link == "linear")
    return OwnNetwork(network, kind, link, asked, loss)


def kind_of(width: int, n_classes: int | None, numbers: Kind = "regression") -> Kind:
    """Return the kind of a task with this many classes and outputs; ``numbers`` without classes."""
    if n_classes is None:
        return numbers
    return "binary" if width == 1 else "multiclass"


def outputs_for(n_classes: int | None) -> int:
    """Return the number of outputs: one per class for three classes or more, otherwise one."""
    return n_classes if n_classes is not None and n_classes > 2 else 1
