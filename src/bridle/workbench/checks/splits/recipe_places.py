"""The dropouts of the default network, as input of the checks of dropout."""

from __future__ import annotations

from bridle.dropout.guidance import DropoutPlace
from bridle.networks.recipe import Recipe

__all__ = ["recipe_places"]


def recipe_places(recipe: Recipe) -> tuple[DropoutPlace, ...]:
    """Return a place after each hidden layer, in the order of computation.

    Parameters
    ----------
    recipe : Recipe
    """
    return tuple(
        DropoutPlace(layer=f"dropout {depth + 1}", rate=recipe.rate, depth=depth, units=units)
        for depth, units in enumerate(recipe.hidden)
    )
