"""Predictions for the rows of a file, block by block, so that the file may be larger than memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bridle.arguments.option_words import option
from bridle.encoding.levels import Levels
from bridle.errors import InputError, UnknownNameError
from bridle.files.array_file import read_arrays_of
from bridle.threads.workers import Workers
from bridle.types import Array
from bridle.workbench.arguments import in_one_form
from bridle.workbench.data.preparation import Preparation
from bridle.workbench.data.read_blocks import read_blocks
from bridle.workbench.data.read_file.asked_encoding import refuse_encoding
from bridle.workbench.model.intervals.interval import Interval
from bridle.workbench.model.model import Model
from bridle.workbench.model.survival_probabilities import (
    checked_times,
    survival_probabilities,
    time_columns,
)

__all__ = ["Told", "predict_file"]

_ROW = "row"
_LEVEL = 0.95
_ROWS_AT_ONCE = 4096
"""Images or sequences that are predicted together."""


@dataclass
class Told:
    """Notes on the rows predicted so far; complete after the last block.

    Attributes
    ----------
    rows : int
        Number of rows predicted.
    extra : tuple of str
        Columns that the training table did not have; they are not used.
    unseen : dict of str to int
        For each column with categories that are not in the training table: the number of such rows.
    examples : dict of str to str
        One such category of each column.
    rare : frozenset of str
        Columns with a common feature for all rare categories; an unseen category counts as one of them.
    no_interval : str
        Why numbers have no intervals; empty if they have.
    last_event : float or None
        Time of the last event of the training table, if survival is asked for at later times.
    read_as : list of str
        Sentences on how the bytes of the file were read.
    """

    rows: int = 0
    extra: tuple[str, ...] = ()
    unseen: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    rare: frozenset[str] = frozenset()
    no_interval: str = ""
    last_event: float | None = None
    read_as: list[str] = field(default_factory=list)


def predict_file(
    model: Model,
    path: Path,
    *,
    identifiers: Sequence[str] = (),
    level: float | None = None,
    at: Any = None,
    strict: bool = False,
    encoding: str | None = None,
    size: int = 2**23,
) -> tuple[Iterator[pd.DataFrame], Told]:
    """Predict for each row of a file, in its order.

    Parameters
    ----------
    model : Model
    path : Path
        A table as for `bridle.workbench.data.read_table.read_table_file`, or an ``.npz`` file with
        the array X.
    identifiers : sequence of str
        Columns of the file to repeat in front. Default: the first identifier of the training table that
        the file has too; without one, the number of the row, from 1.
    level : float, optional
        Level of the intervals around numbers, in (0, 1). Default 0.95, if the study tested enough
        rows.
    at : float or array-like of shape (T,), optional
        Different times from 0 up until which the probability of no event is predicted; only of survival
        times. Default: none.
    strict : bool
        Whether categories that are not in the training table are refused. Default False: they count
        as rare categories, as in the study.
    encoding : str, optional
        That of a text file, see `bridle.workbench.data.read_table.read_table_file`.
    size : int
        Bytes of text that are read at a time. Default 8 MB.

    Returns
    -------
    blocks : iterator of DataFrame
        ``row`` or the identifiers; ``prediction``; for classes ``probability_CLASS`` of each; for
        numbers ``low`` and ``high``; ``survival_TIME`` of each time that is asked for.
    told : Told

    Raises
    ------
    InputError
        Columns are missing: raised at once. Or a value cannot be read: raised by the iterator, with all
        problems of a block together.
    """
    told, columns = Told(rare=_with_rare(model)), model.parts.columns
    interval, times = _interval(model, level, told), _times(model, at, told)
    if path.suffix.lower() == ".npz":
        if identifiers:
            raise InputError("id must be left out for an .npz file, whose columns have no names.")
        if strict:
            raise InputError(
                "strict must be left out for an .npz file, which has no categories. Received: "
                f"{path.name}."
            )
        refuse_encoding(path, encoding)
        return _of_arrays(model, path, interval, times, told), told
    table = read_blocks(path, size, encoding)
    if model.parts.shape is not None:
        raise InputError(f"{path.name} must be an .npz file: the model is of images or sequences.")
    given = dict(zip(in_one_form(table.names), table.names, strict=True))
    for asked, count in Counter(identifiers).items():
        if count > 1:
            raise InputError(
                f"id must name each column once. Received: {asked!r} {count} times. Leave one out."
            )
        if asked not in given:
            raise UnknownNameError("column for id", asked, given)
    kept = (
        list(identifiers)
        or [identifier for identifier in columns.identifiers if identifier in given][:1]
    )
    told.read_as = table.notes
    told.extra = tuple(name for name in columns.extra(list(given)) if name not in kept)
    wanted = [given[name] for name in (*columns.names, *kept) if name in given]
    # Identifiers are repeated as they are written in the file.
    as_text = [given[name] for name in (*columns.as_text, *kept) if name in given]
    # If all columns are missing, rows are read nevertheless, so that the error is raised.
    blocks = table.blocks(wanted or table.names[:1], as_text)

    def prepared(read: Callable[[], pd.DataFrame]) -> _Prepared:
        frame = read()
        frame.columns = pd.Index(in_one_form(map(str, frame.columns)))
        rows = model.read(frame, path.name)
        if strict and rows.unseen:
            _refuse_unseen(rows.unseen, path.name)
        ends = None if interval is None else interval.ends_of(rows.frame)
        names = frame[kept] if kept else None
        return _Prepared(names, rows.unseen, model.prepared(rows), ends)

    def predicted() -> Iterator[pd.DataFrame]:
        with Workers() as workers:
            for block in workers.in_turn(prepared, blocks):
                for name, (count, example) in block.unseen.items():
                    told.unseen[name] += count
                    told.examples.setdefault(name, example)
                found = model.parts.outputs(block.features)
                names = _numbers(told.rows, len(found)) if block.names is None else block.names
                told.rows += len(found)
                ends = None if interval is None else interval.around(found, block.ends)
                yield _table(model, names, found, ends, times)

    return predicted(), told


@dataclass(frozen=True)
class _Prepared:
    """A block of rows, ready for the predictor."""

    names: pd.DataFrame | None
    unseen: Mapping[str, tuple[int, str]]
    features: Array
    ends: Array | None


def _with_rare(model: Model) -> frozenset[str]:
    preparation = model.parts.preparation
    if not isinstance(preparation, Preparation):
        return frozenset()
    return frozenset(
        block.column for block in preparation.blocks if isinstance(block, Levels) and block.rest
    )


def _of_arrays(
    model: Model, path: Path, interval: Interval | None, times: Array | None, told: Told
) -> Iterator[pd.DataFrame]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    remedy = "Write features with numpy.savez, as an array X of numbers."
    X = read_arrays_of(BytesIO(content), path.name, remedy, ("X",))["X"]
    for first in range(0, len(X), _ROWS_AT_ONCE):
        some = X[first : first + _ROWS_AT_ONCE]
        found = model.raw_outputs(some)
        names = _numbers(told.rows, len(found))
        told.rows += len(found)
        ends = None if interval is None else interval.around(found, _ends(model, interval, some))
        yield _table(model, names, found, ends, times)


def _ends(model: Model, interval: Interval, X: Array) -> Array | None:
    return None if interval.folds is None else interval.ends_of(model.read(X).frame)


def _interval(model: Model, level: float | None, told: Told) -> Interval | None:
    residuals = model.parts.residuals
    if not model.parts.task.type.has_intervals:
        if level is not None:
            what = "classes, whose probabilities say how sure each is"
            if model.parts.task.type.has_events:
                what = "survival times, whose predictions are the logs of risks"
            raise InputError(f"level must be left out for {what}. Received: level={level:g}.")
        return None
    if residuals is None:
        if level is not None:
            raise InputError(
                "level must be left out for this model, with which no errors on test rows were saved. "
                f"Received: level={level:g}."
            )
        told.no_interval = "no errors on test rows were saved with the model"
        return None
    try:
        return model.parts.interval_of(_LEVEL if level is None else level)
    except InputError as error:
        if level is not None:
            raise
        told.no_interval = str(error)
        return None


def _times(model: Model, at: Any, told: Told) -> Array | None:
    """Return the times until which the probability of no event is asked for, or None."""
    if at is None:
        return None
    baseline = model.parts.baseline
    if baseline is None:
        raise InputError(
            f"{option('at')} must be left out unless the model is of survival times. Received: a model "
            f"of {model.parts.task.kind!r}."
        )
    times = checked_times(at, option("at"))
    if times.max() > baseline.times[-1]:
        told.last_event = float(baseline.times[-1])
    return times


def _numbers(before: int, count: int) -> pd.DataFrame:
    return pd.DataFrame({_ROW: np.arange(before + 1, before + count + 1)})


def _table(
    model: Model, names: pd.DataFrame, found: Any, ends: Array | None, times: Array | None
) -> pd.DataFrame:
    made: dict[str, Any] = {}
    classes = model.parts.task.classes
    if classes:
        made["prediction"] = np.array(classes, dtype=object)[found.argmax(axis=1)]
        made |= {f"probability_{label}": found[:, place] for place, label in enumerate(classes)}
    else:
        made["prediction"] = found
        if ends is not None:
            made |= {"low": ends[:, 0], "high": ends[:, 1]}
        if times is not None:
            assert model.parts.baseline is not None
            survival = survival_probabilities(model.parts.baseline, found, times)
            made |= dict(zip(time_columns(times), survival.T, strict=True))
    if taken := made.keys() & set(names.columns):
        raise InputError(
            f"id must not have the name of a column of predictions. Received: {min(taken)!r}. Rename it."
        )
    return pd.concat([names.reset_index(drop=True), pd.DataFrame(made)], axis="columns")


def _refuse_unseen(unseen: Any, name: str) -> None:
    told = [f"{example!r} in column {column!r}" for column, (_, example) in unseen.items()]
    raise InputError(
        f"{name} must hold categories that the model was fitted to. Received: {', '.join(told[:8])}. "
        f"Leave {option('strict')} out to predict for such rows anyway."
    )
