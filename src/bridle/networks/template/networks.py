"""`Networks`: the networks of a study, each built once and only for this study."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bridle.backend import load_keras
from bridle.networks.recipe import Recipe
from bridle.networks.sources import Structure
from bridle.networks.template.build_template import build_template, framework_of
from bridle.networks.template.template import Template

__all__ = ["Networks", "recipe_template"]


class Networks:
    """Returns a template for each structure, the same one in every call.

    A user's network, or data that the user's function reads, may change between two studies, so
    each study builds its networks again. Within a study the first built network is used.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[int, Structure], tuple[Structure, Template | Exception]] = {}

    def template(self, structure: Structure) -> Template:
        """Return the template of a structure; every call raises the errors of `build_template`.

        Raises
        ------
        InputError
            The source builds no network, or its network cannot be used.
        """
        if isinstance(structure.source, Recipe):
            settings = _settings_of_keras() if framework_of(structure) == "keras" else ("torch",)
            return recipe_template(structure, settings)
        # By identity, since a callable may have no hash. The structure is kept alive, so that no
        # other object can get its identity.
        key = id(structure.source), replace(structure, source=None)
        if key not in self._held:
            self._held[key] = structure, _attempt(structure)
        found = self._held[key][1]
        if isinstance(found, Exception):
            raise found
        return found


@lru_cache(maxsize=8)
def recipe_template(structure: Structure, settings: tuple[object, ...]) -> Template:
    """Build the network of a recipe, which its values and these settings identify."""
    return build_template(structure)


def _settings_of_keras() -> tuple[object, ...]:
    config = load_keras().config
    return config.dtype_policy().name, config.floatx(), config.epsilon()


def _attempt(structure: Structure) -> Template | Exception:
    try:
        return build_template(structure)
    except Exception as error:
        return error
