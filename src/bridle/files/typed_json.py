"""Objects of dataclasses from JSON, by the types of their fields."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from bridle.errors import InputError

__all__ = ["typed"]

_Readers = Mapping[type, Callable[[Any, str], Any]]


def typed(kind: Any, value: Any, place: str, readers: _Readers | None = None) -> Any:
    """Return the Python object that a value of JSON stands for.

    Parameters
    ----------
    kind : type
        A dataclass, tuple, dict, union with None, literal, str, bool, int or float; null is NaN for a
        float.
    value : object
        Made of dicts, lists, str, numbers, booleans and None.
    place : str
        Name of the value in messages.
    readers : mapping of type to callable, optional
        Functions of value and place, for types of other kinds.

    Raises
    ------
    InputError
        The value does not have the type.
    """
    readers = readers or {}
    origin, inner = get_origin(kind), get_args(kind)
    if kind in readers:
        return readers[kind](value, place)
    if origin in (Union, types.UnionType):
        return _any_of(inner, value, place, readers)
    if origin is Literal:
        return _checked(value in inner, value, place)
    if origin is tuple:
        _checked(isinstance(value, list), value, place)
        several = len(inner) == 2 and inner[1] is Ellipsis
        kinds = [inner[0]] * len(value) if several else list(inner)
        _checked(len(kinds) == len(value), value, place)
        pairs = zip(kinds, value, strict=True)
        return tuple(
            typed(hint, held, f"{place}[{i}]", readers) for i, (hint, held) in enumerate(pairs)
        )
    if origin in (dict, Mapping):
        _checked(isinstance(value, dict), value, place)
        return {
            key: typed(inner[1], held, f"{place}.{key}", readers) for key, held in value.items()
        }
    if is_dataclass(kind):
        return _object(kind, value, place, readers)
    if kind is float:
        number = math.nan if value is None else value
        _checked(isinstance(number, int | float) and not isinstance(number, bool), value, place)
        return float(number)
    is_number = kind is int and isinstance(value, bool)
    return _checked(isinstance(value, kind) and not is_number, value, place)


def _any_of(kinds: tuple[Any, ...], value: Any, place: str, readers: _Readers) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        try:
            return typed(kind, value, place, readers)
        except InputError as error:
            refusal = error
    raise refusal


def _object(kind: Any, value: Any, place: str, readers: _Readers) -> Any:
    _checked(isinstance(value, dict), value, place)
    hints = _hints(kind)
    names = {field.name for field in fields(kind) if field.init}
    _checked(set(value) <= names, value, place)
    held = {
        key: typed(hints[key], entry, f"{place}.{key}", readers) for key, entry in value.items()
    }
    try:
        return kind(**held)
    except (TypeError, ValueError) as error:
        raise InputError(f"{place} cannot be read as a {kind.__name__}: {error}") from error


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _checked(holds: bool, value: Any, place: str) -> Any:
    if not holds:
        raise InputError(f"{place} holds a value that bridle does not write: {str(value)[:80]!r}.")
    return value
