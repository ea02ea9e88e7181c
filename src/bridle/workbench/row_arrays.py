"""Data sets whose rows are arrays, images and sequences, and the files that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.array_file import read_arrays_of
from bridle.errors import InputError
from bridle.real_numbers import refuse_masked
from bridle.workbench.dataset import Dataset, from_arrays
from bridle.workbench.target import encode_target
from bridle.workbench.task import TaskKind

__all__ = ["collect_batches", "from_row_arrays", "read_arrays"]

Array = npt.NDArray[Any]

_MOST_CHANNELS = 16
"""Of a sequence; two axes that are both longer are an image of one channel."""

_REMEDY = "Write features and target with numpy.savez, as arrays of numbers."


def from_row_arrays(
    X: Array,
    y: npt.ArrayLike,
    *,
    task: TaskKind | None = None,
    name: str = "X, y",
    groups: npt.ArrayLike | None = None,
) -> Dataset:
    """Make a dataset of images or sequences.

    Parameters
    ----------
    X : ndarray of shape (n, length, channels), (n, height, width) or (n, height, width, channels)
        Finite numbers. Three axes are images of one channel where the last two have more than
        16 places each, else sequences.
    y : array-like of shape (n,)
    task : {"binary", "multiclass", "regression"}, optional
        Default: inferred from y.
    name : str
        What the dataset is called.
    groups : array-like of shape (n,), optional
        The group of each row.

    Returns
    -------
    Dataset
        Its frame holds the rows flat; `Dataset.shape` is the shape of one.

    Raises
    ------
    InputError
        The values cannot be used, or the lengths differ.
    """
    refuse_masked("X", X)
    refuse_masked("y", y)
    X, y = np.asarray(X), np.asarray(y)
    if X.dtype.kind not in "biuf" or X.ndim not in (3, 4) or 0 in X.shape:
        raise InputError(
            "X must hold numbers in the shape (n, length, channels), (n, height, width) or "
            f"(n, height, width, channels). Received: {X.dtype} of shape {X.shape}."
        )
    if y.ndim != 1 or len(y) != len(X):
        raise InputError(
            f"y must have one entry for each of the {len(X):,} rows of X. Received: shape {y.shape}."
        )
    if not np.isfinite(X).all():
        row = int(np.flatnonzero(~np.isfinite(X).reshape(len(X), -1).all(axis=1))[0])
        raise InputError(f"X must be finite. Received: NaN or infinity in row {row}. Fill it in.")
    codes_of_groups = None
    if groups is not None:
        codes_of_groups = pd.factorize(np.asarray(groups).ravel())[0]
        if len(codes_of_groups) != len(X):
            raise InputError(
                f"groups must have one entry for each of the {len(X):,} rows. "
                f"Received: {len(codes_of_groups):,}."
            )
    shape = X.shape[1:]
    if X.ndim == 3 and min(shape) > _MOST_CHANNELS:
        shape = (*shape, 1)
    codes, found = encode_target(pd.Series(y).infer_objects(), "y", task)
    places = [f"x{list(place)}".replace(" ", "") for place in np.ndindex(*shape)]
    frame = pd.DataFrame(X.reshape(len(X), -1).astype(np.float64), columns=places)
    return Dataset(frame, codes, found, name, "y", shape=shape, groups=codes_of_groups)


def collect_batches(batches: Iterable[Any]) -> tuple[Array, Array]:
    """Return the rows of a loader as two arrays.

    Parameters
    ----------
    batches : iterable
        Of pairs, features of shape (n, …) and targets of shape (n,) or (n, 1): a ``tf.data.Dataset``
        of batches or a ``torch.utils.data.DataLoader``, for instance. It is read once, to its end.

    Raises
    ------
    InputError
        It is no such iterable, or is empty.
    """
    pairs = []
    for batch in batches:
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise InputError(
                "X without y must give batches that are pairs of features and targets. Received: a "
                f"batch of type {type(batch).__name__}."
            )
        refuse_masked("X", batch[0])
        refuse_masked("y", batch[1])
        pairs.append((np.asarray(batch[0]), np.asarray(batch[1]).reshape(len(batch[0]))))
    if not pairs:
        raise InputError("X without y must give at least one batch. Received: none.")
    X, y = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return X, y


def read_arrays(
    path: str | Path, *, target: str = "y", features: str = "X", task: TaskKind | None = None
) -> Dataset:
    """Read features and target from an ``.npz`` file.

    Parameters
    ----------
    path : str or Path
    target, features : str
        Names of the arrays, default ``"y"`` and ``"X"``. Features of shape (n, p) are a table.
    task : {"binary", "multiclass", "regression"}, optional

    Raises
    ------
    InputError
        The file is missing, is none of these, lacks an array, or holds Python objects.
    """
    path = Path(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    with file:
        held = read_arrays_of(file, path.name, _REMEDY, (features, target))
    X, y = held[features], held[target]
    if y.ndim == 0 or y.size != len(y):
        raise InputError(
            f"{target!r} in {path.name} must have shape (n,) or (n, 1). Received: shape {y.shape}."
        )
    if X.ndim <= 2:
        return from_arrays(X, y.ravel(), task=task)
    return from_row_arrays(X, y.ravel(), task=task, name=path.name)
