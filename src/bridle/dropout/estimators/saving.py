"""A fitted estimator as one file: JSON, the network in Keras's format, and their checksums."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bridle.atomic_file import write_atomic
from bridle.dropout.backend import load_keras
from bridle.dropout.training import History
from bridle.errors import InputError

__all__ = ["read_model", "write_model"]

FORMAT = 1

MEMBERS = ("model.json", "network.keras", "checksums.json")


def write_model(estimator: Any, path: Any) -> None:
    """Write a fitted estimator; see `NetworkEstimator.save`."""
    members = {
        "model.json": json.dumps(_described(estimator), indent=1).encode(),
        "network.keras": _network_bytes(estimator.network_),
    }
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    members["checksums.json"] = json.dumps(sums).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    write_atomic(path, buffer.getvalue())


def read_model(cls: Any, path: Any) -> Any:
    """Read a fitted estimator; see `NetworkEstimator.load`."""
    members = _members(path)
    described = json.loads(members["model.json"])
    if described["format"] != FORMAT or described["class"] != cls.__name__:
        raise InputError(
            f"path must be a file of {cls.__name__} in format {FORMAT}. Received: {str(path)!r}, a "
            f"file of {described['class']} in format {described['format']}."
        )
    network = _network_from(members["network.keras"], path)
    parameters = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in described["parameters"].items()
    }
    estimator = cls(network=network if described["own_network"] else None, **parameters)
    for name, held in described["fitted"].items():
        setattr(estimator, name, _from_json(held))
    estimator.history_ = History(**{k: tuple(v) for k, v in described["history"].items()})
    estimator.network_ = network
    return estimator


def _described(estimator: Any) -> dict[str, Any]:
    parameters = estimator.get_params(deep=False)
    own = parameters.pop("network") is not None
    state = parameters["random_state"]
    if state is not None and not isinstance(state, (int, np.integer)):
        raise InputError(
            "random_state must be an integer or None to be saved: the state of a generator is no "
            f"number. Received: random_state={state!r}."
        )
    names = [*estimator._FITTED, "kind_", "link_", "n_features_in_", "feature_names_in_"]
    held = vars(estimator)
    return {
        "format": FORMAT,
        "class": type(estimator).__name__,
        "own_network": own,
        "parameters": {name: _plain(value) for name, value in parameters.items()},
        "fitted": {name: _to_json(held[name]) for name in names if name in held},
        "history": asdict(estimator.history_),
    }


def _plain(value: Any) -> Any:
    """Return a parameter without NumPy's types."""
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _to_json(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return _plain(value)
    entries = value.tolist()
    if not all(isinstance(one, (str, int, float)) for one in entries):
        raise InputError(
            "The labels of classes must be text, numbers or booleans to be saved. "
            f"Received: {entries[:3]!r}."
        )
    return {"dtype": "object" if value.dtype == object else value.dtype.str, "values": entries}


def _from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return np.array(value["values"], dtype=np.dtype(value["dtype"]))


def _network_bytes(network: Any) -> bytes:
    keras = load_keras()
    unsafe = [one.name for one in network._flatten_layers() if isinstance(one, keras.layers.Lambda)]
    if unsafe:
        raise InputError(
            "The network must not have Lambda layers to be saved: a file with code in it is not safe "
            f"to load. Received: {', '.join(map(repr, unsafe))}. Write them as layers that are "
            "registered with keras.saving.register_keras_serializable."
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.keras"
        network.save(file)
        return file.read_bytes()


def _network_from(content: bytes, path: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.keras"
        file.write_bytes(content)
        try:
            return load_keras().saving.load_model(file, safe_mode=True)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"The network in {str(path)!r} must be one that Keras can load safely. Received: one "
                f"about which it says: {error} Import what registers its layers first."
            ) from error


def _members(path: Any) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in MEMBERS}
            sums = json.loads(members.pop("checksums.json"))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(
            f"path must be a file that save() wrote, undamaged. Received: {str(path)!r} ({error})."
        ) from error
    for name, content in members.items():
        if hashlib.sha256(content).hexdigest() != sums.get(name):
            raise InputError(
                f"path must be a file that save() wrote, undamaged. Received: {str(path)!r}, whose "
                f"{name} has another checksum. Fetch it again from where it came from."
            )
    return members
