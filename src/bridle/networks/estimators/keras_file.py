"""Check of a ``.keras`` file before Keras reads it: no code, no excessive memory, no damage."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.files.archive import read_members

__all__ = ["check_keras_file", "network_bytes", "network_from", "parse_json"]

_FILE = "network.keras"

_MEMBERS = ("metadata.json", "config.json", "model.weights.h5")

# Layers that contain code, call other frameworks, or read files by name.
_UNSAFE = frozenset(
    {
        *("Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
        *("StringLookup", "IntegerLookup", "TextVectorization"),
    }
)
_UNSAFE_MODULES = ("keras.utils", "keras.src.utils", "keras.datasets", "keras.src.datasets")

# A network stores at least as many numbers as each of these.
_SIZES = frozenset(
    ["units", "filters", "input_dim", "output_dim", "key_dim", "value_dim", "num_heads"]
)


def check_keras_file(content: bytes, name: str, remedy: str) -> None:
    """Raise an error for a ``.keras`` file that is damaged, unsafe or requests excessive memory.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name in messages.
    remedy : str
        Last sentence of each message.

    Raises
    ------
    InputError
        The archive is unsafe (see `bridle.files.archive.read_members`) or has other members than
        Keras writes; its configuration names a class that contains code, or one that is neither
        Keras's nor registered; its weights are outside the file, do not fit their shapes, or are
        not finite.
    """
    members = read_members(io.BytesIO(content), name, remedy, _MEMBERS, others=False)
    try:
        stored = _stored_numbers(members["model.weights.h5"])
        for described in _descriptions(parse_json(members["config.json"])):
            _check_class(described)
            _check_sizes(described, stored)
    # HDF5 raises errors of many types.
    except Exception as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise InputError(f"{name} cannot be used: {reason}. {remedy}") from error


def network_bytes(network: Any) -> bytes:
    """Return a network as Keras writes it.

    Raises
    ------
    InputError
        It has code in it, or would be refused by `check_keras_file`.
    """
    keras = load_keras()
    unsafe = [
        layer.name for layer in network._flatten_layers() if isinstance(layer, keras.layers.Lambda)
    ]
    if unsafe:
        raise InputError(
            "A network with Lambda layers cannot be saved: a file that contains code is not safe to "
            f"load. Received: {', '.join(map(repr, unsafe))}. Write them as layers that are "
            "registered with keras.saving.register_keras_serializable."
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _FILE
        network.save(file)
        content = file.read_bytes()
    check_keras_file(content, "The network", "Change it before it is saved.")
    return content


def network_from(content: bytes, name: str, remedy: str) -> Any:
    """Return the network of a file that `check_keras_file` let pass.

    Raises
    ------
    InputError
        Keras cannot load it.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _FILE
        file.write_bytes(content)
        try:
            return load_keras().saving.load_model(file, safe_mode=True)
        # Keras raises errors of many types.
        except Exception as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            reason = reason.rstrip(".")
            raise InputError(
                f"{name} cannot be used: Keras cannot load its network: {reason}. {remedy}"
            ) from error


def parse_json(text: bytes) -> Any:
    """Parse JSON strictly: no repeated names, no NaN, no infinity.

    Raises
    ------
    ValueError
        The text is not such JSON.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) < len(pairs):
            raise ValueError("an object has the same name twice")
        return held

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not a JSON number")

    try:
        return json.loads(text.decode(), object_pairs_hook=unique, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _descriptions(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object within a value."""
    waiting = [value]
    while waiting:
        folder = waiting.pop()
        if isinstance(folder, dict):
            yield folder
            waiting.extend(folder.values())
        elif isinstance(folder, list):
            waiting.extend(folder)


def _check_class(described: dict[str, Any]) -> None:
    if "class_name" not in described:
        return
    name, module = described["class_name"], described.get("module")
    registered = described.get("registered_name")
    if name in _UNSAFE or f"{module}.".startswith(
        tuple(f"{prefix}." for prefix in _UNSAFE_MODULES)
    ):
        raise ValueError(f"it names {module}.{name}, which may run code or read files")
    if module is None or str(module).split(".")[0] == "keras":
        return
    if module == "builtins" and name in {"function", "slice"}:
        return
    if load_keras().saving.get_registered_object(registered) is None:
        raise ValueError(
            f"it names {module}.{name}, which is not registered: import its module first"
        )


def _check_sizes(described: dict[str, Any], stored: int) -> None:
    for key in _SIZES & described.keys():
        value = described[key]
        if isinstance(value, int) and value > stored:
            raise ValueError(f"it requests {key}={value:,} but stores {stored:,} numbers")


def _stored_numbers(content: bytes) -> int:
    """Return the number of stored numbers, after checking each array."""
    import h5py

    def links(group: Any) -> Iterator[Any]:
        for key in group:
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ValueError(f"its weights {key!r} are stored elsewhere")
            held = group[key]
            if isinstance(held, h5py.Group):
                yield from links(held)
            else:
                yield held

    count = 0
    with h5py.File(io.BytesIO(content), "r") as file:
        for held in links(file):
            if not isinstance(held, h5py.Dataset):
                raise ValueError(f"{held.name} is not an array")
            if held.is_virtual or held.external:
                raise ValueError(f"its weights {held.name} are stored elsewhere")
            if held.dtype.kind not in "biufV" or held.id.get_storage_size() != held.nbytes:
                raise ValueError(f"its weights {held.name} do not fit their shape {held.shape}")
            if held.dtype.kind == "f" and not np.isfinite(held[()]).all():
                raise ValueError(f"its weights {held.name} are not all finite")
            count += held.size
    return count
