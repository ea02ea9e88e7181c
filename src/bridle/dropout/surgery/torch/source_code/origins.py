"""Origins of a value in a module's code: which attributes and which draws it comes from."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "NOTHING",
    "NUMBER",
    "ZERO",
    "Origins",
    "inverted",
    "is_path",
    "of_constant",
    "paths_of",
    "says_drop",
    "says_keep",
    "union",
]

Origins = frozenset[str]
"""Where a value comes from: paths of attributes (``""`` for the module itself), with a minus where it
is 1 less the attribute; ``"0"`` for a zero, ``"#"`` for another number in the code; ``"~"`` and a place
in the code for drawn numbers."""

NOTHING: Origins = frozenset()

ZERO: Origins = frozenset({"0"})

NUMBER: Origins = frozenset({"#"})


def of_constant(value: object) -> Origins:
    """Return the origins of a constant in the code."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return NOTHING
    return NUMBER if value else ZERO


def says_drop(name: str) -> bool:
    """Return whether a name suggests dropout."""
    return any(word in name.lower() for word in ("drop", "stochastic"))


def is_path(origin: str) -> bool:
    """Return whether an origin is the path of an attribute, or the module itself."""
    return not origin.startswith("~") and origin not in ZERO | NUMBER


def paths_of(origins: Origins) -> Origins:
    """Return the paths of attributes."""
    return frozenset(origin for origin in origins if origin and is_path(origin))


def inverted(origin: str) -> str:
    """Return the origin of 1 minus a value."""
    if not origin or not is_path(origin):
        return origin
    return origin.removeprefix("-") if origin.startswith("-") else f"-{origin}"


def says_keep(name: str) -> bool:
    """Return whether a name suggests a keep probability."""
    return any(word in name.lower() for word in ("keep", "surviv"))


def union(found: Iterable[Origins]) -> Origins:
    """Return all origins of several values."""
    return frozenset().union(*found)
