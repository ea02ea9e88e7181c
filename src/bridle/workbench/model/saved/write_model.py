"""Writing of a model to a folder: JSON, arrays and, if it has one, its network, with checksums."""

from __future__ import annotations

import hashlib
import io
import stat
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.files.atomic_file import temporary_of, write_together
from bridle.files.csv_text import csv_text
from bridle.networks.estimators.keras_file import parse_json
from bridle.workbench.arguments import folder_at
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.folder.file_names import MODEL_FILES, to_json
from bridle.workbench.model.parts import ModelParts
from bridle.workbench.model.saved.description import describe
from bridle.workbench.model.saved.restoring import restored
from bridle.workbench.model.stored_network import StoredNetwork

__all__ = ["is_plain_file", "model_contents", "refuse_folder", "write_model_folder"]

_DESCRIPTION, _ARRAYS, _NETWORK, _COEFFICIENTS, _CHECKSUMS = MODEL_FILES


def model_contents(parts: ModelParts) -> dict[str, bytes]:
    """Return the files of a model by their names.

    Raises
    ------
    InputError
        They could not be read back.
    """
    described, arrays = describe(parts, metadata.version("bridle"))
    predictor = parts.predictor
    network = predictor.content if isinstance(predictor, StoredNetwork) else None
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    contents = {_DESCRIPTION: to_json(described, indent=1).encode(), _ARRAYS: buffer.getvalue()}
    if network is not None:
        contents[_NETWORK] = network
    if isinstance(predictor, LinearPredictor):
        contents[_COEFFICIENTS] = csv_text(parts.coefficients()).encode()
    try:
        restored(parse_json(contents[_DESCRIPTION]), arrays, network)
    except ValueError as error:  # files that could not be read back are not written
        raise InputError(f"The model cannot be saved: {error}.") from error
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return {**contents, _CHECKSUMS: f"{to_json(sums, indent=1)}\n".encode()}


def write_model_folder(parts: ModelParts, path: Any, *, overwrite: bool = False) -> Path:
    """Write a model; see `bridle.workbench.model.model.Model.save` for parameters and errors.

    Raises
    ------
    InputError
        The folder cannot take the model, or the model could not be read back.
    OSError
        A file could not be written.
    """
    folder = folder_at(path)
    contents = model_contents(parts)
    refuse_folder(folder, overwrite=overwrite)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, error) from error
    for entry in folder.iterdir():
        if temporary_of(entry.name):
            entry.unlink()  # left by a killed writer
    # Checksums are removed first and written last, so that a half-written folder has none.
    gone = [name for name in MODEL_FILES if name not in contents]
    write_together(folder, contents, [_CHECKSUMS, *gone])
    return folder


def refuse_folder(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that cannot take a model, before the model is fitted.

    Raises
    ------
    InputError
        The path is a file or a link, cannot be read, holds anything but a model, or a model that is not
        to be replaced.
    """
    if folder.is_symlink():
        raise InputError(f"{str(folder)!r} is a symbolic link; name the folder itself.")
    try:
        held = sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise _no_folder(folder, error) from error
    own = [name for name in held if (temporary_of(name) or name) in MODEL_FILES]
    strange = [name for name in held if name not in own or not is_plain_file(folder / name)]
    if strange:
        raise InputError(
            f"The folder {str(folder)!r} holds {strange[0]!r}, which is not part of a model; name a new "
            "folder or an empty one."
        )
    if not overwrite and not all(map(temporary_of, own)):
        raise InputError(
            f"The folder {str(folder)!r} holds a model. Name another folder, or replace it with "
            f"{option('overwrite', True)}."
        )


def _no_folder(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"The folder {str(folder)!r} cannot be used ({error.strerror}); name one that can be created."
    )


def is_plain_file(path: Path) -> bool:
    """Return whether a path is a plain file; a link may lead out of the folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
