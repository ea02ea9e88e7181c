"""JSON schemas of dataclasses, by the types of their fields, as `typed_json` reads them."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

__all__ = ["schema_of"]

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    # Infinite numbers and NaN are written as null.
    float: {"type": ["number", "null"]},
    types.NoneType: {"type": "null"},
}


def schema_of(kind: type, identifier: str, further: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a dataclass as ``dataclasses.asdict`` returns it.

    Unknown fields are allowed, since a later version may have more.

    Parameters
    ----------
    kind : type
        A dataclass, of strings, numbers, booleans, None, literals, tuples, dicts and dataclasses.
    identifier : str
        The ``$id``.
    further : mapping of str to schema
        Required fields beside those of the dataclass.

    Raises
    ------
    TypeError
        A field has a type of another kind.
    """
    known: dict[str, Any] = {}
    described = _object(kind, known)
    described["properties"] = {**further, **described["properties"]}
    described["required"] = [*further, *described["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        "title": kind.__name__,
        **described,
        "$defs": dict(sorted(known.items())),
    }


def _schema(kind: Any, known: dict[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(member, known) for member in inner]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is tuple and inner[-1] is not Ellipsis:
        each = [_schema(member, known) for member in inner]
        return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}
    if origin in (tuple, list, Sequence):
        return {"type": "array", "items": _schema(inner[0], known)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _schema(inner[1], known)}
    if isinstance(kind, type) and is_dataclass(kind):
        name = kind.__name__
        if name not in known:
            known[name] = {}  # before its fields, which may name it
            known[name] = _object(kind, known)
        return {"$ref": f"#/$defs/{name}"}
    if kind is Any:
        return {}
    raise TypeError(f"{kind!r} has no JSON schema")


def _object(kind: Any, known: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    return {
        "type": "object",
        "properties": {name: _schema(hints[name], known) for name in names},
        "required": names,
    }
