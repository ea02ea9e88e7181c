"""The dropouts of the default network, as input of the checks of dropout."""

from __future__ import annotations

from bridle.dropout.guidance import DropoutPlace
from bridle.dropout.surgery.network_graph import Role
from bridle.networks.kinds.hidden_layers import (
    ConvolutionLayer,
    DenseLayer,
    HiddenLayer,
    RecurrentLayer,
)
from bridle.networks.recipe import Recipe

__all__ = ["recipe_places"]

_ROLES: dict[type[HiddenLayer], Role] = {
    DenseLayer: "dense",
    ConvolutionLayer: "convolution",
    RecurrentLayer: "recurrent",
}


def recipe_places(recipe: Recipe) -> tuple[DropoutPlace, ...]:
    """Return the places of dropout of each hidden layer, in the order of computation.

    Parameters
    ----------
    recipe : Recipe
    """
    found: list[DropoutPlace] = []
    for layer in recipe.layers:
        source = _ROLES[type(layer)]
        for inside in (True, False) if source == "recurrent" else (False,):
            found.append(
                DropoutPlace(
                    layer=f"dropout {len(found) + 1}",
                    rate=recipe.rate,
                    depth=len(found),
                    inside=inside,
                    source=source,
                    units=layer.units,
                )
            )
    return tuple(found)
