"""Networks of one study, each built once: nothing of them outlives the study that asked for them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bridle.backend import load_keras
from bridle.networks.recipe import Recipe
from bridle.networks.sources import Structure
from bridle.networks.template.build_template import build_template
from bridle.networks.template.template import Template

__all__ = ["Networks", "recipe_template"]


class Networks:
    """Gives a template for each structure, the same one at every call.

    A network of the user's, and what their function reads, may change between two studies, so the
    next study builds anew. Within a study it is the one that was built first.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[int, Structure], tuple[Structure, Template | Exception]] = {}

    def template(self, structure: Structure) -> Template:
        """Return the network of a structure; see `build_template` for what is raised, every time."""
        if isinstance(structure.source, Recipe):
            return recipe_template(structure, _settings_of_keras())
        # By identity, since a callable may have no hash; the structure is held, so that the identity
        # is nobody else's meanwhile.
        key = id(structure.source), replace(structure, source=None)
        if key not in self._held:
            self._held[key] = structure, _attempt(structure)
        found = self._held[key][1]
        if isinstance(found, Exception):
            raise found
        return found


@lru_cache(maxsize=8)
def recipe_template(structure: Structure, settings_of_keras: tuple[object, ...]) -> Template:
    """Build the network of a recipe: it is known by its values, and these settings."""
    return build_template(structure)


def _settings_of_keras() -> tuple[object, ...]:
    config = load_keras().config
    return config.dtype_policy().name, config.floatx(), config.epsilon()


def _attempt(structure: Structure) -> Template | Exception:
    try:
        return build_template(structure)
    except Exception as error:
        return error
