"""Saving and loading of a fitted estimator: one zip file with JSON, network and checksums."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from bridle.arguments.not_finite import reason_of
from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import refuse
from bridle.backend import load_keras
from bridle.encoding.frame_encoding import table_width
from bridle.errors import InputError
from bridle.files.archive import read_members
from bridle.files.atomic_file import write_atomic
from bridle.networks.estimators.description import describe, restored
from bridle.networks.estimators.keras_file import (
    check_keras_file,
    network_bytes,
    network_from,
    parse_json,
)
from bridle.networks.own.asked_features import asked_features, probe_rows
from bridle.networks.own.building.built_network import output_width
from bridle.networks.own.head import link_of

__all__ = ["read_model", "write_model"]

_DESCRIPTION, _NETWORK, _CHECKSUMS = "model.json", "network.keras", "checksums.json"

_REMEDY = "Fetch the file again from where it came from, or fit the model and save it again."


def write_model(estimator: Any, path: Any) -> None:
    """Write a fitted estimator; see `NetworkEstimator.save`.

    Raises
    ------
    InputError
        The path is not a file in a folder that exists, or the estimator could not be read back.
    OSError
        The file could not be written.
    """
    path = _checked_path(path)
    described = json.dumps(describe(estimator), indent=1).encode()
    restored(type(estimator), parse_json(described))  # fails if it could not be read back
    members = {
        _DESCRIPTION: described,
        _NETWORK: network_bytes(estimator.network_),
    }
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    members[_CHECKSUMS] = json.dumps(sums).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    try:
        write_atomic(path, buffer.getvalue())
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError) as error:
        raise InputError(
            "path must name a file in a folder that exists. "
            f"Received: path={shown(str(path))} ({reason_of(error)})."
        ) from error


def read_model(cls: Any, path: Any) -> Any:
    """Read a fitted estimator; see `NetworkEstimator.load`.

    Raises
    ------
    InputError
        ``path`` is not a path, or the file is damaged, of another kind or of another model.
    """
    path = _checked_path(path)
    members = _members(path)
    try:
        estimator, own = restored(cls, parse_json(members[_DESCRIPTION]))
    except ValueError as error:
        raise _unusable(path, f"its {_DESCRIPTION} is wrong: {error}") from error
    check_keras_file(members[_NETWORK], f"The network in {path.name!r}", _REMEDY)
    network = network_from(members[_NETWORK], repr(path.name), _REMEDY)
    try:
        _check_fit(estimator, network)
    except ValueError as error:
        raise _unusable(path, f"its {_NETWORK} is of another model: {error}") from error
    estimator.network_ = network
    return estimator.set_params(network=network) if own else estimator


def _checked_path(path: Any) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        refuse("path", "a str or a Path", path)
    return Path(path)


def _unusable(path: Path, fault: str) -> InputError:
    return InputError(f"{path.name!r} cannot be used: {fault.rstrip('.')}. {_REMEDY}")


def _members(path: Path) -> dict[str, bytes]:
    """Return the members of the file, after comparing them with their checksums."""
    wanted = (_DESCRIPTION, _NETWORK, _CHECKSUMS)
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unusable(path, f"it cannot be opened ({error.strerror})") from error
    except ValueError as error:
        raise _unusable(path, f"it has an impossible name ({reason_of(error)})") from error
    with file:
        members = read_members(file, repr(path.name), _REMEDY, wanted, others=False)
    try:
        sums = parse_json(members.pop(_CHECKSUMS))
    except ValueError as error:
        raise _unusable(path, f"its {_CHECKSUMS} is damaged: {error}") from error
    found = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    for name, checksum in found.items():
        if not isinstance(sums, dict) or sums.get(name) != checksum:
            raise _unusable(path, f"its {name} does not match its checksum")
    if sums != found:
        raise _unusable(path, f"its {_CHECKSUMS} names other members")
    return members


def _check_fit(estimator: Any, network: Any) -> None:
    """Check that the network has the estimator's features, outputs and activation."""
    if not isinstance(network, load_keras().Model):
        raise ValueError(f"it holds a {type(network).__name__} in place of a network")
    p = table_width(estimator)
    width = output_width(network, p)
    wanted = len(estimator.classes_) if estimator.kind_ == "multiclass" else 1
    if width != wanted:
        raise ValueError(f"it has {width} outputs in place of {wanted}")
    rows = probe_rows(asked_features(network, p).features, p)
    if (link := link_of(network, estimator.kind_, rows)) != estimator.link_:
        raise ValueError(f"its outputs are {link} in place of {estimator.link_}")
