"""The dropouts of bridle's own network, as the guidance sees them."""

from __future__ import annotations

from bridle.dropout.guidance import DropoutPlace
from bridle.networks.recipe import Recipe

__all__ = ["recipe_places"]


def recipe_places(recipe: Recipe) -> tuple[DropoutPlace, ...]:
    """Return one place after each hidden layer, in the order of computation.

    Parameters
    ----------
    recipe : Recipe
    """
    return tuple(
        DropoutPlace(layer=f"dropout {depth + 1}", rate=recipe.rate, depth=depth, units=units)
        for depth, units in enumerate(recipe.hidden)
    )
