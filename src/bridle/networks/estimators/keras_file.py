"""Keras's file of a network, judged before Keras reads it: no code, and no more than it holds."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.files.archive import read_members

__all__ = ["check_keras_file", "parse_json"]

_MEMBERS = ("metadata.json", "config.json", "model.weights.h5")

# They hold code, call other frameworks, or read files that they name.
_UNSAFE = frozenset(
    {
        *("Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
        *("StringLookup", "IntegerLookup", "TextVectorization"),
    }
)
_UNSAFE_MODULES = ("keras.utils", "keras.src.utils", "keras.datasets", "keras.src.datasets")

# A network has at least so many stored numbers as any of these say.
_SIZES = frozenset(
    ["units", "filters", "input_dim", "output_dim", "key_dim", "value_dim", "num_heads"]
)


def check_keras_file(content: bytes, name: str, remedy: str) -> None:
    """Refuse a ``.keras`` file that is damaged, unsafe, or asks for more memory than it fills.

    Parameters
    ----------
    content : bytes
    name : str
        How messages call it.
    remedy : str
        The sentence that ends each message.

    Raises
    ------
    InputError
        The archive is refused (see `bridle.files.archive.read_members`) or has other members than
        Keras writes; its description names a class that is neither Keras's nor registered, or one
        that is code; its weights stand outside the file, take other bytes than their shapes say,
        or are not finite.
    """
    members = read_members(io.BytesIO(content), name, remedy, _MEMBERS, others=False)
    try:
        stored = _stored_numbers(members["model.weights.h5"])
        for described in _descriptions(parse_json(members["config.json"])):
            _check_class(described)
            _check_sizes(described, stored)
    # HDF5 says what it finds by errors of every kind.
    except Exception as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise InputError(f"{name} cannot be used: {reason}. {remedy}") from error


def parse_json(text: bytes) -> Any:
    """Return what JSON says, without names that repeat and without NaN and infinity.

    Raises
    ------
    ValueError
        It is not so.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) < len(pairs):
            raise ValueError("a name stands twice in one object")
        return held

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is no number of JSON")

    try:
        return json.loads(text.decode(), object_pairs_hook=unique, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _descriptions(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _check_class(described: dict[str, Any]) -> None:
    if "class_name" not in described:
        return
    name, module = described["class_name"], described.get("module")
    registered = described.get("registered_name")
    if name in _UNSAFE or f"{module}.".startswith(tuple(f"{one}." for one in _UNSAFE_MODULES)):
        raise ValueError(f"it names {module}.{name}, which may run code or read files")
    if module is None or str(module).split(".")[0] == "keras":
        return
    if module == "builtins" and name in {"function", "slice"}:
        return
    if load_keras().saving.get_registered_object(registered) is None:
        raise ValueError(
            f"it names {module}.{name}, which is not registered: import what registers it first"
        )


def _check_sizes(described: dict[str, Any], stored: int) -> None:
    for key in _SIZES & described.keys():
        value = described[key]
        if isinstance(value, int) and value > stored:
            raise ValueError(f"it asks for {key}={value:,} and holds {stored:,} numbers")


def _stored_numbers(content: bytes) -> int:
    """Return how many numbers there are, each looked at."""
    import h5py

    def links(group: Any) -> Iterator[Any]:
        for key in group:
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ValueError(f"its weights {key!r} stand in another place")
            held = group[key]
            if isinstance(held, h5py.Group):
                yield from links(held)
            else:
                yield held

    count = 0
    with h5py.File(io.BytesIO(content), "r") as file:
        for held in links(file):
            if not isinstance(held, h5py.Dataset):
                raise ValueError(f"{held.name} is no array")
            if held.is_virtual or held.external:
                raise ValueError(f"its weights {held.name} stand in another place")
            if held.dtype.kind not in "biufV" or held.id.get_storage_size() != held.nbytes:
                raise ValueError(
                    f"its weights {held.name} have other bytes than {held.shape} takes"
                )
            if held.dtype.kind == "f" and not np.isfinite(held[()]).all():
                raise ValueError(f"its weights {held.name} are not all finite")
            count += held.size
    return count
