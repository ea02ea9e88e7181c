"""`bridle.compare`: a study in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.networks.sources import Source
from bridle.real_numbers import shown
from bridle.workbench.arguments import MOST, MOST_RUNS, names_in, switch, whole_at_least
from bridle.workbench.arm.choose import choose_arms
from bridle.workbench.data.given_data import dataset_of
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import table_of
from bridle.workbench.run_study import run_study
from bridle.workbench.splits import as_splits, seeds_of
from bridle.workbench.study import Study
from bridle.workbench.task import TaskKind

__all__ = ["compare"]

_LARGEST_SEED = 2**40


def compare(
    X: npt.ArrayLike | pd.DataFrame | Iterable[Any],
    y: npt.ArrayLike | pd.Series[Any] | str | None = None,
    *,
    arms: Sequence[str] | None = None,
    seeds: int | Sequence[int] | None = None,
    epochs: int = 15,
    task: TaskKind | None = None,
    drop: Sequence[str] = (),
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
    parts: Sequence[str] = (),
    splits: Any = None,
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
    network: Source | None = None,
    tune: bool = False,
    accept: Sequence[str] = (),
    out: str | Path | None = None,
    overwrite: bool = False,
) -> Study:
    """Train a baseline and its regularised rivals under the same rules, and judge.

    Each seed draws its own split (a tenth of the rows to judge, a tenth of the rest to validate,
    stratified for classes), initialisation and data order, shared by all arms.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n, p), or array of shape (n, …)
        Features; numbers, categories, booleans and missing values. Arrays with three or four axes
        are images or sequences, channels last. Without y, an iterable of batches, each a pair of
        features and targets, such as a ``tf.data.Dataset`` or a PyTorch ``DataLoader``.
    y : array-like or DataFrame of shape (n,) or (n, 1), or str
        Target, or the name of the column of the DataFrame ``X`` that holds it; left out where X
        gives batches. Or of shape (n, classes), with a single 1 in each row and zeros. Rows without a
        target are left out, and the report says how many.
    arms : sequence of str, optional
        Some of `bridle.workbench.arm.ARMS`; the "dummy" always runs. Default: "permuted_target",
        "linear", "elastic_net", "baseline", "early_stopping" and "dropout", those of them that can run.
    seeds : int or sequence of int
        Number of random draws of the rows, or their numbers. Default: 10 for random splits, 1 for
        folds, which a draw takes all of.
    epochs : int
        Passes of a network over its training rows, at least 1. Default 15.
    task : {"binary", "multiclass", "regression"}, optional
        Default: inferred from the target.
    drop : sequence of str
        Columns of ``X`` to leave out.
    missing, keep : sequence of str
        Words, or numbers such as ``"-999"``, that stand for a missing value beside NA, None, ? and
        their like; and words of these that are values.
    parts : sequence of str
        Columns of dates whose year, month, day, weekday and hour are features too. Default: dates are
        days since 1970 alone.
    splits : Splits or scikit-learn splitter, optional
        Which rows train, validate and test (`bridle.workbench.splits`). Default: random splits.
    groups : array-like of shape (n,), or str, optional
        The group of each row, or the column of the DataFrame ``X`` that names it: rows of one group
        never stand on two sides of a split.
    network : keras.Model or callable, optional
        Yours, in place of the default network: a Keras network, from whose weights every run starts;
        or a function that builds one from the number of features (for images and sequences the shape
        of one) and the number of outputs. It is trained by the loss that it is compiled with, and
        gets features as its first layers ask for them. Dropout that it has is taken out; the arm
        "dropout" puts it after the hidden layers.
    tune : bool
        Whether each network arm chooses its strengths, rate, learning rate and batch size on the
        inner split first, all with the same budget. Default False.
    accept : sequence of str
        Findings of the checks that are meant so, and make no verdict invalid: ``"BR201:odor"`` for a
        column, ``"BR202"`` for the whole table. The report says so.
    out : str or Path, optional
        A folder for what `Study.save` writes. Runs are kept there as they are done: the same call
        after an interruption goes on where it was, and of a finished study gives what is there.
    overwrite : bool
        Whether another study in the folder, of other data or options, is replaced. Default False:
        it is refused.

    Returns
    -------
    Study
        With ``verdict``, ``records``, ``plot_loss()`` and ``save(directory)``.

    Raises
    ------
    InputError
        A ``ValueError`` that names the argument, column or row.
    MissingExtraError
        When only networks were asked for, and no network backend is installed.
    """
    if switch("overwrite", overwrite) and out is None:
        raise InputError(
            "overwrite must be left out where no folder is given, since nothing is written. "
            "Received: overwrite=True and out=None."
        )
    chosen = choose_arms(arms, network, tune=switch("tune", tune))
    dataset = dataset_of(X, y, task, drop, groups, missing, keep, parts)
    if dataset.rows_left_out and callable(getattr(splits, "split", None)):
        raise InputError(
            "y must have a target in every row where splits is a splitter, which may name rows by "
            f"their places. Received: none in {dataset.rows_left_out:,} of them. Remove these from X "
            "and y."
        )
    rows = as_splits(splits, table_of(dataset))
    protocol = Protocol(
        seeds=seeds_of(rows, _draws(seeds)),
        epochs=whole_at_least("epochs", epochs, 1, MOST),
        splits=rows,
        accept=tuple(names_in("accept", accept, "['BR201:odor']")),
    )
    return run_study(dataset, chosen, protocol, folder=out, overwrite=overwrite)


def _draws(seeds: Any) -> int | list[int] | None:
    """Return how many draws were asked for, or their numbers."""
    if seeds is None:
        return None
    listed = isinstance(seeds, Iterable) and not isinstance(seeds, str | bytes | Mapping)
    if not listed or getattr(seeds, "ndim", 1) == 0:
        return whole_at_least("seeds", seeds, 1, MOST_RUNS)
    numbers = [whole_at_least(f"seeds[{i}]", one, 0, _LARGEST_SEED) for i, one in enumerate(seeds)]
    if len(set(numbers)) < len(numbers):
        raise InputError(f"seeds must be distinct numbers. Received: seeds={shown(seeds)}.")
    return numbers
