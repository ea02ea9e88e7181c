"""Digests of values: the same in every process for equal values, different for unequal ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from bridle.errors import InputError

__all__ = ["digest"]


def digest(value: Any) -> str:
    """Return the SHA-256 of a value, in hexadecimal digits.

    Parameters
    ----------
    value : object
        None, numbers, text, bytes, classes, arrays, and mappings, sequences and dataclasses of
        these, also nested. Other objects are digested by class and attributes.

    Raises
    ------
    InputError
        It contains a function or an object without attributes, which differ between processes.
    """
    found = hashlib.sha256()
    for piece in _pieces(value):
        # Lengths separate neighbouring values, so that ("ab", "c") and ("a", "bc") differ.
        found.update(len(piece).to_bytes(8, "little") + piece)
    return found.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | complex | str):
        yield f"{type(value).__name__} {value!r}".encode("utf-8", "surrogatepass")
    elif isinstance(value, bytes):
        yield b"bytes"
        yield value
    elif isinstance(value, type):
        yield f"class {_name(value)}".encode()
    elif isinstance(value, np.ndarray):
        yield from _array(value)
    elif isinstance(value, Mapping):
        yield f"mapping {len(value)}".encode()
        for key, held in value.items():
            yield from _pieces(key)
            yield from _pieces(held)
    elif isinstance(value, list | tuple):
        yield f"sequence {len(value)}".encode()
        for held in value:
            yield from _pieces(held)
    elif isinstance(value, set | frozenset):
        yield f"set {len(value)}".encode()
        yield from (item.encode() for item in sorted(map(digest, value)))
    else:
        yield f"object {_name(type(value))}".encode()
        yield from _pieces(_attributes(value))


def _array(value: np.ndarray[Any, Any]) -> Iterator[bytes]:
    yield f"array {value.dtype} {value.shape}".encode()
    if value.dtype.hasobject:
        yield from _pieces(value.ravel().tolist())
    else:
        yield np.ascontiguousarray(value).tobytes()


def _attributes(value: Any) -> dict[str, Any]:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    held = None if callable(value) else getattr(value, "__dict__", None)
    if held is None:
        raise InputError(
            "A study with a folder needs settings that can be compared between processes. Received: "
            f"an object of {_name(type(value))}, which cannot. Use numbers, text, arrays or "
            "dataclasses, or run the study without a folder."
        )
    return dict(sorted(held.items()))


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
