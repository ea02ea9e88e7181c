"""Predictions or losses for each test row, in memory or in a file, as runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from bridle.arguments.real_numbers import real_array
from bridle.errors import InputError
from bridle.files.array_file import read_arrays_of
from bridle.types import AnyArray, Array
from bridle.workbench.data.read_table import read_table
from bridle.workbench.elsewhere.given_run import GivenRun

__all__ = ["is_row_results", "runs_of_arrays", "runs_of_npz", "runs_of_table"]

_RESULTS = ("losses", "logits", "predictions")
_REMEDY = "Save losses, or targets with predictions or logits, by numpy.savez."
_COLUMNS = {"loss": "losses", "prediction": "predictions", "target": "targets", "row": "rows"}
_LEAST = float(np.finfo(float).tiny)


def is_row_results(names: Sequence[str]) -> bool:
    """Return whether names of arrays or columns are those of results for rows."""
    return bool({*_RESULTS, "loss", "prediction"} & set(names)) and "epoch" not in names


def runs_of_npz(path: Path, seed: int | None) -> list[GivenRun]:
    """Return the runs in an ``.npz`` file, see `runs_of_arrays`.

    Raises
    ------
    InputError
        There is no such file, or its arrays are unusable.
    """
    try:
        with path.open("rb") as file:
            arrays = read_arrays_of(file, path.name, _REMEDY)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    return runs_of_arrays(arrays, path.name, seed)


def runs_of_table(path: Path, seed: int | None) -> list[GivenRun]:
    """Return the runs in a table with a line for each row of the test set.

    Its columns are ``loss``, or ``target`` and ``prediction``. If it holds several runs, each with the
    same rows, it has a column ``seed``. A column ``row`` names the rows, which may then be in any order.
    """
    return runs_of_frame(read_table(path), path.name, seed)


def runs_of_frame(frame: pd.DataFrame, name: str, seed: int | None) -> list[GivenRun]:
    """Return the runs in a table in memory."""
    found = []
    parts = [(seed, frame)] if "seed" not in frame else list(frame.groupby("seed", sort=True))
    for key, part in parts:
        arrays = {_COLUMNS[str(name)]: part[name].to_numpy() for name in part if name in _COLUMNS}
        found += runs_of_arrays(arrays, name, None if key is None else _whole(key, name))
    return found


def runs_of_arrays(arrays: Mapping[str, Any], name: str, seed: int | None) -> list[GivenRun]:
    """Return the runs in some arrays.

    Parameters
    ----------
    arrays : mapping of str to array-like
        ``losses`` of shape (n,) or, for several runs, (S, n); or ``targets`` of shape (n,) with
        ``predictions`` or ``logits`` of shape (n,), (n, classes), (S, n) or (S, n, classes). Predictions
        of classes are probabilities and have the log loss, those of numbers the squared error. A single
        number for each row, also as a last axis of length 1, is a number unless the targets are integers
        0 and 1; then it is the probability of the second class. A single logit is that of the second
        class, with targets 0 and 1 of any type. Optional:
        ``seeds`` of shape (S,), ``rows`` of shape (n,), ``train_risk`` of shape (S,).
    name : str
        Name of the source in messages.
    seed : int or None
        The seed, if ``seeds`` is not given.

    Raises
    ------
    InputError
        There is nothing to compare, or shapes do not fit.
    """
    given = {key: np.asarray(value) for key, value in arrays.items()}
    kind = next((name for name in _RESULTS if name in given), None)
    if kind is None:
        raise InputError(
            f"{name} must hold 'losses', or 'targets' with 'predictions' or 'logits', for each test "
            f"row. Received: {', '.join(map(repr, given)) or 'nothing'}."
        )
    targets = _single(given.get("targets"), 1)
    if kind == "losses":
        table, metric, scores = real_array(f"losses in {name}", given[kind]), "loss", None
        table = table.reshape(1, -1) if table.ndim < 2 else table
    elif targets is None or targets.ndim != 1:
        raise InputError(f"{name} must hold 'targets' of shape (rows,) beside its {kind}.")
    else:
        values = real_array(f"{kind} in {name}", given[kind])
        table, metric, scores = _losses(values, targets, kind == "logits", name)
    if table.ndim != 2 or 0 in table.shape:
        raise InputError(
            f"{name} must have {kind} of shape (rows,) or (seeds, rows). Received: "
            f"{given[kind].shape}."
        )
    seeds = _seeds(given, len(table), seed, name)
    train = given.get("train_risk")
    return [
        GivenRun(
            name if len(table) == 1 else f"{name} [{at}]",
            "losses of rows",
            metric,
            seeds[at],
            table[at],
            train=None if train is None else float(np.atleast_1d(train)[at]),
            score=None if scores is None else float(scores[at]),
            rows=given.get("rows"),
            targets=targets,
        )
        for at in range(len(table))
    ]


def _losses(
    values: Array, targets: AnyArray, logits: bool, name: str
) -> tuple[Array, str, Array | None]:
    """Return losses of shape (S, n), their name, and accuracies."""
    n = len(targets)
    whole = targets.dtype.kind in "iub"
    values = _single(values, 1 if values.ndim == 2 and len(values) == n else 2)
    are_classes = logits and values.ndim == 2 and len(values) == n
    if values.ndim in (1, 2) and values.shape[-1] == n and not are_classes:
        table = values.reshape(-1, n)
        if logits:
            return _losses_of_single_logits(table, targets, name)
        if not (whole and set(np.unique(targets)) <= {0, 1}):
            numbers = real_array(f"targets in {name}", targets)
            return (table - numbers) ** 2, "squared error", None
        _refuse_no_probability(table, name)
        chance = np.where(targets == 1, table, 1 - table)
        return -np.log(np.maximum(chance, _LEAST)), "log loss", (chance > 0.5).mean(axis=1)
    if values.ndim not in (2, 3) or values.shape[-2] != n or not whole:
        raise InputError(
            f"{name} must have predictions of shape (rows,) or (rows, classes), or either with a first "
            f"axis of seeds, for {n:,} targets, which are integers from 0 for classes. Received: shape "
            f"{values.shape}, targets of type {targets.dtype}."
        )
    scores = values.reshape(-1, n, values.shape[-1])
    codes = targets.astype(np.intp)
    if codes.min() < 0 or codes.max() >= scores.shape[-1]:
        raise InputError(
            f"{name} must have targets from 0 to {scores.shape[-1] - 1}, one for each class that is "
            f"predicted. Received: {codes.min()} to {codes.max()}."
        )
    hits = (scores.argmax(axis=-1) == codes).mean(axis=1)
    if logits:
        return -log_softmax(scores, axis=-1)[:, np.arange(n), codes], "log loss", hits
    _refuse_no_probability(scores, name)
    if not np.allclose(scores.sum(axis=-1), 1, atol=1e-3):
        raise InputError(
            f"predictions in {name} must be probabilities that sum to 1 in each row. Received: sums "
            "other than 1. Outputs before the softmax are 'logits'."
        )
    return -np.log(np.maximum(scores[:, np.arange(n), codes], _LEAST)), "log loss", hits


def _single(values: Any, axis: int) -> Any:
    """Return an array without its last axis if that is ``axis`` and of length 1; else unchanged."""
    if values is not None and values.ndim == axis + 1 and values.shape[-1] == 1:
        return values[..., 0]
    return values


def _losses_of_single_logits(
    logits: Array, targets: AnyArray, name: str
) -> tuple[Array, str, Array]:
    classes = np.unique(targets)
    if targets.dtype.kind not in "iubf" or not set(classes) <= {0, 1}:
        raise InputError(
            f"targets in {name} must be 0 or 1, since each row has one logit. Received: "
            f"{', '.join(map(str, classes[:5]))}. Outputs that are numbers are 'predictions'."
        )
    second = targets == 1
    hits = ((logits > 0) == second).mean(axis=1)
    return np.logaddexp(0, np.where(second, -logits, logits)), "log loss", hits


def _refuse_no_probability(values: Array, name: str) -> None:
    if values.min() < 0 or values.max() > 1:
        raise InputError(
            f"predictions in {name} must be probabilities from 0 to 1, since the targets are classes. "
            f"Received: {values.min():.3g} to {values.max():.3g}. Outputs before the softmax "
            "are 'logits'."
        )


def _seeds(
    given: Mapping[str, AnyArray], count: int, seed: int | None, name: str
) -> list[int | None]:
    if "seeds" not in given:
        return [seed] if count == 1 else [None] * count
    seeds = np.atleast_1d(given["seeds"])
    if seeds.shape != (count,):
        raise InputError(
            f"seeds in {name} must hold one for each of {count} runs. Received: shape {seeds.shape}."
        )
    return [_whole(seed, name) for seed in seeds]


def _whole(seed: Any, name: str) -> int:
    try:
        number = float(seed)
    except (TypeError, ValueError):
        number = 0.5
    if number != int(number) or number < 0:
        raise InputError(f"seeds in {name} must be whole numbers from 0. Received: {seed!r}.")
    return int(number)
