"""Random numbers that a custom Keras layer draws, by the source code of its call."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

__all__ = ["draws_numbers"]


def draws_numbers(layer: Any) -> bool:
    """Return whether a custom layer draws random numbers that its configuration does not show.

    It has a seed generator of its own, or its call names a function of a module for random numbers, such
    as ``keras.random``, ``jax.random`` or ``numpy.random``. Without source code the generators decide.

    Parameters
    ----------
    layer : keras.Layer
        Not changed; of a layer of Keras or bridle the answer is no.
    """
    kind = type(layer)
    if kind.__module__.startswith(("keras.src.layers.", "bridle.")):
        return False
    if layer._seed_generators:
        return True
    call = inspect.unwrap(kind.call)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(call)))
    except (OSError, TypeError, SyntaxError):
        return False
    names = getattr(call, "__globals__", {})
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(_is_of_random(function, names) for function in called)


def _is_of_random(function: ast.expr, names: dict[str, Any]) -> bool:
    """Return whether what is called is in a module that is named random, or comes from one."""
    path = ast.unparse(function).split(".")
    first = names.get(path[0])
    home = getattr(first, "__module__", None) or getattr(first, "__name__", None) or ""
    return "random" in path[:-1] or "random" in str(home).split(".")
