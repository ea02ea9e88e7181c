"""Loading of a saved model: every value is checked, and no code in its folder is run."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.files.array_file import read_arrays_of
from bridle.networks.estimators.keras_file import parse_json
from bridle.networks.own.building.check_network import check_network
from bridle.workbench.folder.file_names import MODEL, MODEL_FILES
from bridle.workbench.model.model import Model
from bridle.workbench.model.saved.restoring import restored
from bridle.workbench.model.saved.write_model import is_plain_file
from bridle.workbench.model.stored_module import StoredModule
from bridle.workbench.model.stored_network import StoredNetwork
from bridle.workbench.tasks.catalogue import TASK_TYPES

__all__ = ["load"]

_DESCRIPTION, _ARRAYS, _NETWORK, _, _CHECKSUMS = MODEL_FILES

_MOST_BYTES = {_DESCRIPTION: 100_000_000, _CHECKSUMS: 10_000}
"""Largest size of a file that is read whole before it is checked."""

_REMEDY = "Copy the folder again from where it came from, or fit the model again."


def load(path: str | os.PathLike[str], *, network: Any = None) -> Model:
    """Read a model that a study, ``bridle fit`` or `Model.save` wrote.

    Nothing in the folder is run: it holds JSON, arrays and, for a network, a file of Keras without
    code. Each file is compared with its checksum, and every name, shape and number is checked.

    Parameters
    ----------
    path : str or path
        The folder, for instance ``"churn-bridle/model"``.
    network : torch.nn.Module or callable, optional
        For a PyTorch network of your own: a module of its architecture, or the function that was given
        to the study. The folder holds its weights and no code. Default: None, for all other models.

    Returns
    -------
    Model

    Raises
    ------
    InputError
        The path is no such folder, or a file is missing, damaged, forged or in another format.
    MissingExtraError
        The model is a network, and no network backend is installed.
    """
    if not isinstance(path, str | os.PathLike) or not str(path) or "\0" in str(path):
        raise InputError(f"path must be the folder of a model. Received: path={shown(path)}.")
    folder = Path(path)
    if not folder.is_dir():
        what = "a file" if folder.exists() else "no folder of this name"
        raise InputError(
            f"path must be the folder of a model, which bridle compare and bridle fit write. Received: "
            f"{str(folder)!r}, {what}."
        )
    if not (folder / _DESCRIPTION).exists() and (folder / MODEL / _DESCRIPTION).exists():
        folder = folder / MODEL
    contents = _checked(folder)
    try:
        arrays = read_arrays_of(io.BytesIO(contents[_ARRAYS]), repr(str(folder / _ARRAYS)), _REMEDY)
        described = parse_json(contents[_DESCRIPTION])
        parts = restored(described, arrays, contents.get(_NETWORK))
    except InputError:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _unusable(folder, f"its {_DESCRIPTION} is wrong: {error}") from error
    if isinstance(parts.predictor, StoredNetwork):
        kind = TASK_TYPES[parts.predictor.kind]
        outputs = kind.n_outputs(len(parts.task.classes))
        parts.predictor.check(f"The network in {str(folder)!r}", _REMEDY, outputs)
    if network is not None:
        if not isinstance(parts.predictor, StoredModule) or parts.predictor.source is not None:
            raise InputError(
                "network must be left out, since the folder says what the model is. "
                f"Received: network={shown(network)}."
            )
        check_network(network)
        parts = replace(parts, predictor=parts.predictor.with_source(network))
    return Model(parts)


def _checked(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, after comparing each with its checksum."""
    try:
        sums = parse_json(_content(folder, _CHECKSUMS))
    except InputError:
        raise
    except ValueError as error:
        raise _unusable(folder, f"its {_CHECKSUMS} is damaged: {error}") from error
    needed = {_DESCRIPTION, _ARRAYS}
    if not isinstance(sums, dict) or not needed <= sums.keys() <= {*MODEL_FILES} - {_CHECKSUMS}:
        raise _unusable(folder, f"its {_CHECKSUMS} names other files than a model has")
    contents = {name: _content(folder, name) for name in sums}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != sums[name]:
            raise _unusable(folder, f"its {name} has another checksum than it was saved with")
    return contents


def _content(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if not is_plain_file(path):
            raise _unusable(folder, f"its {name} is missing, or is not a file")
        most = _MOST_BYTES.get(name)
        if most is not None and path.stat().st_size > most:
            raise _unusable(
                folder,
                f"its {name} has {path.stat().st_size:,} bytes, of which {most:,} are allowed",
            )
        return path.read_bytes()
    except OSError as error:
        raise _unusable(folder, f"its {name} cannot be read ({error.strerror})") from error


def _unusable(folder: Path, fault: str) -> InputError:
    return InputError(
        f"The model in {str(folder)!r} cannot be used: {fault.rstrip('.')}. {_REMEDY}"
    )
