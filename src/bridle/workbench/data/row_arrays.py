"""Datasets of images and sequences, from arrays, batches and ``.npz`` files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.arguments.option_words import option
from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.files.array_file import read_arrays_of
from bridle.networks.image_axes import are_sequence, unclear_axes
from bridle.types import AnyArray
from bridle.workbench.arguments import in_one_form, names_in
from bridle.workbench.checks.arrays.catalogue import run_array_checks
from bridle.workbench.columns.column_reading import file_note, read_column
from bridle.workbench.columns.columns import refuse_non_finite
from bridle.workbench.columns.foreign_tables import refuse_other_order
from bridle.workbench.columns.given_arrays import as_array, as_frame, as_target, as_vector
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.row_roles import group_codes, time_order
from bridle.workbench.data.dataset import Dataset, make_dataset
from bridle.workbench.data.given_columns import refuse_two_roles
from bridle.workbench.data.survival_target import is_survival
from bridle.workbench.data.target import read_target
from bridle.workbench.task import TaskKind

__all__ = ["collect_batches", "from_row_arrays", "read_arrays", "refuse_columns"]


_REMEDY = "Write features and target with numpy.savez, as arrays of numbers."


def from_row_arrays(
    X: AnyArray,
    y: npt.ArrayLike,
    *,
    task: TaskKind | None = None,
    name: str = "X, y",
    groups: npt.ArrayLike | None = None,
    times: npt.NDArray[np.intp] | None = None,
    words: MissingWords | None = None,
    sequences: bool = False,
    target_name: str = "y",
) -> Dataset:
    """Make a dataset of images or sequences.

    Parameters
    ----------
    X : ndarray of shape (n, length, channels), (n, height, width) or (n, height, width, channels)
        Or (n, channels, height, width), see `bridle.networks.image_axes.channels_come_first`.
        Finite numbers. `bridle.networks.image_axes.are_sequence` tells which an array with three
        axes is; its images get a channel.
    y : array-like of shape (n,) or (n, 1)
        Or one-hot, of shape (n, classes). Rows without a target are left out.
    task : {"binary", "multiclass", "regression", "count"}, optional
        Default: inferred from y.
    name : str
        Name of the dataset.
    groups : array-like of shape (n,), optional
        The group of each row, without missing values.
    times : ndarray of shape (n,), optional
        Index of each row's time among the distinct times, if rows are sorted by time.
    words : MissingWords, optional
        Words for a missing target. Default: only those of the list.
    sequences : bool
        Whether an array with three axes is one of sequences whatever its shape. Default False.
    target_name : str
        Name of the target. Default "y".

    Returns
    -------
    Dataset
        Its frame contains the flattened rows; `Dataset.shape` is the shape of one row.

    Raises
    ------
    InputError
        Values cannot be used, or lengths differ.
    """
    X = as_array(X, "X")
    if is_survival(task):
        raise InputError(
            f"task='survival' needs a table of features. Received: X of shape {X.shape}, images or "
            "sequences."
        )
    refuse_other_order(y, groups, "groups", "y")
    column, how = as_target(y)
    if X.dtype.kind not in "biuf" or X.ndim not in (3, 4) or 0 in X.shape:
        raise InputError(
            "X must hold numbers in the shape (n, length, channels), (n, height, width), "
            "(n, height, width, channels) or (n, channels, height, width). Received: "
            f"{X.dtype} of shape {X.shape}."
        )
    if len(column) != len(X):
        raise InputError(
            f"y must have one entry for each of the {len(X):,} rows of X. Received: {len(column):,}."
        )
    words = words or MissingWords()
    words.refuse_unused([column])
    target = read_target(column, target_name, task, words)
    known, codes_of_groups = target.known, None
    if groups is not None:
        codes_of_groups = group_codes(as_vector(groups, "groups"), len(X), known)
    numbers, n_rows, X = np.flatnonzero(known), len(X), X[known]
    rows = X.reshape(len(X), -1)
    whole = ~np.isnan(rows).any(axis=1)
    if not whole.all():
        raise InputError(
            f"X must be finite. Received: NaN in row {numbers[np.argmin(whole)]}. Fill it in."
        )
    shape = X.shape[1:]
    if X.ndim == 3 and not (sequences or are_sequence(shape)):
        shape = (*shape, 1)
    notes = [] if how is None else [how]
    if (read := unclear_axes(shape)) is not None:
        notes.append(
            f"X is read as images of axes {read}. If it has others, move them: np.moveaxis."
        )
    places = [f"x{list(place)}".replace(" ", "") for place in np.ndindex(*shape)]
    frame = pd.DataFrame(rows.astype(np.float64), columns=places)
    refuse_non_finite(frame.to_numpy(), tuple(places), pd.Index(numbers))
    found = run_array_checks(frame, target.values, target.task)
    return Dataset(
        frame,
        target.values,
        target.task,
        name,
        target_name,
        findings=(*map(file_note, notes), *target.findings, *found),
        shape=shape,
        groups=codes_of_groups,
        times=None if times is None else np.unique(times[known], return_inverse=True)[1],
        rows_left_out=n_rows - len(X),
        labels=target.labels,
    )


def collect_batches(batches: Iterable[Any]) -> tuple[AnyArray, AnyArray]:
    """Return the rows of a loader as two arrays.

    Parameters
    ----------
    batches : iterable
        Pairs of features of shape (n, …) and targets of shape (n,), (n, 1) or (n, classes), for
        instance a ``tf.data.Dataset`` of batches or a ``torch.utils.data.DataLoader``. It is read
        once, to its end.

    Raises
    ------
    InputError
        It is not such an iterable, or is empty.
    """
    pairs: list[tuple[AnyArray, AnyArray]] = []
    for batch in batches:
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise InputError(
                "X without y must yield batches that are pairs of features and targets. Received: "
                f"a batch of type {type(batch).__name__}."
            )
        X, y = as_array(batch[0], "X"), as_array(batch[1], "y")
        if 0 in (X.ndim, y.ndim) or y.ndim > 2 or len(y) != len(X):
            raise InputError(
                "X without y must yield batches of features of shape (n, …) and targets of shape "
                f"(n,), (n, 1) or (n, classes). Received: a batch of shapes {X.shape} and "
                f"{y.shape}."
            )
        if pairs and X.shape[1:] != pairs[0][0].shape[1:]:
            raise InputError(
                "X without y must yield rows of the same shape in all batches. Received: rows of "
                f"shape {pairs[0][0].shape[1:]} and of shape {X.shape[1:]}."
            )
        y = y[:, 0] if y.shape[1:] == (1,) else y
        if pairs and y.shape[1:] != pairs[0][1].shape[1:]:
            raise InputError(
                "X without y must yield targets of the same shape in all batches. Received: "
                f"targets of shape {pairs[0][1].shape} and of shape {y.shape}."
            )
        pairs.append((X, y))
    if not pairs:
        raise InputError("X without y must yield at least one batch. Received: none.")
    X, y = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return X, y


def read_arrays(
    path: str | Path,
    *,
    target: str = "y",
    features: str = "X",
    task: TaskKind | None = None,
    event: str | None = None,
    drop: Sequence[str] = (),
    groups: str | None = None,
    time: str | None = None,
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
    parts: Sequence[str] = (),
    sequences: bool = False,
) -> Dataset:
    """Read features and target from an ``.npz`` file.

    Parameters
    ----------
    path : str or Path
    target, features : str
        Names of the arrays, default ``"y"`` and ``"X"``; the target of survival is the time to the
        event. Features of shape (n, p) are a table with the columns x0, x1, ….
    task : {"binary", "multiclass", "regression", "count", "survival"}, optional
    event : str, optional
        For survival: the array, or column, that says whether the event was seen.
    drop : sequence of str
        Columns of a table to leave out.
    groups, time : str, optional
        Groups and times of the rows: an array with an entry for each row, or a column of a table.
    missing, keep, parts : sequence of str
        As in `bridle.workbench.data.dataset.make_dataset`.
    sequences : bool
        As in `from_row_arrays`.

    Raises
    ------
    InputError
        The file is missing, is not an ``.npz`` file, lacks an array, or contains Python objects; or
        ``drop`` or ``parts`` is given for images or sequences, which have no columns.
    """
    path = Path(path)
    target, features = in_one_form([target, features])
    event, groups, time = (
        None if column is None else in_one_form([column])[0] for column in (event, groups, time)
    )
    held = _members(path, (features, target))
    X = held.pop(features)
    columns = {f"x{j}" for j in range(X.shape[1])} if X.ndim == 2 else set[str]()
    if event is not None and X.ndim > 2:
        raise InputError(
            f"{option('time_to')} and {option('event')} cannot be used if rows are images or sequences. "
            "Received: "
            f"time_to={shown(target)} and event={shown(event)} for X of shape {X.shape}."
        )
    others = [
        column
        for column in (event, groups, time)
        if column is not None and column not in {target, *columns}
    ]
    if others:
        held |= _members(path, tuple(dict.fromkeys(others)))
    if X.ndim <= 2:
        return make_dataset(
            _table(path, X, held, columns),
            target,
            task=task,
            event=event,
            drop=drop,
            name=path.name,
            groups=groups,
            time=time,
            missing=missing,
            keep=keep,
            parts=parts,
        )
    words = MissingWords.of(missing, keep)
    refuse_columns(X, drop=drop, parts=parts)
    refuse_two_roles((), target=target, groups=groups, time=time)
    vectors = {name: _one_a_row(path, name, values, len(X)) for name, values in held.items()}
    order, times = np.arange(len(X)), None
    if time is not None:
        when = read_column(pd.Series(vectors[time]).infer_objects(), time, words)
        order, times = time_order(when.values, time)
    return from_row_arrays(
        X[order],
        vectors[target][order],
        task=task,
        name=path.name,
        groups=None if groups is None else vectors[groups][order],
        times=times,
        words=words,
        sequences=sequences,
        target_name=target,
    )


def refuse_columns(X: AnyArray, **named: Sequence[str]) -> None:
    """Raise an error for names of columns of images or sequences.

    Raises
    ------
    InputError
        An argument names columns.
    """
    for argument, names in named.items():
        if names_in(argument, names, "['age']"):
            raise InputError(
                f"{argument} cannot be used if rows are images or sequences, which have no columns. "
                f"Received: {argument}={shown(names)} for X of shape {X.shape}."
            )


def _table(path: Path, X: AnyArray, held: dict[str, AnyArray], columns: set[str]) -> pd.DataFrame:
    """Return a matrix and arrays with one entry per row as one table."""
    if clash := columns & held.keys():
        raise InputError(
            f"{path.name} must not have an array with the name of a column of X. Received: "
            f"{min(clash)!r}. Rename it."
        )
    others = {name: _one_a_row(path, name, values, len(X)) for name, values in held.items()}
    return pd.concat([as_frame(X), pd.DataFrame(others).infer_objects()], axis="columns")


def _members(path: Path, wanted: tuple[str, ...]) -> dict[str, AnyArray]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    with file:
        return read_arrays_of(file, path.name, _REMEDY, wanted)


def _one_a_row(path: Path, name: str, values: AnyArray, n_rows: int) -> AnyArray:
    if values.shape not in ((n_rows,), (n_rows, 1)):
        raise InputError(
            f"{name!r} in {path.name} must have shape (n,) or (n, 1) for the {n_rows:,} rows of X. "
            f"Received: shape {values.shape}."
        )
    return values.reshape(n_rows)
