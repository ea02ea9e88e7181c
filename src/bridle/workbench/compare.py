"""`bridle.compare`: a study in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.arguments.scalars import refuse, switch, whole_at_least
from bridle.errors import InputError
from bridle.networks.sources import Source
from bridle.workbench.arguments import MOST, MOST_RUNS, names_in, pairs_in
from bridle.workbench.arm.arms_by_name import choose_arms, refuse_idle, rivals_of_estimators
from bridle.workbench.arm.estimator_arm import EstimatorArm
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.data.given_data import dataset_of
from bridle.workbench.data.row_sample import most_rows, sampled
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import table_of
from bridle.workbench.run.level_epochs import FIRST_EPOCHS
from bridle.workbench.run_study import run_study
from bridle.workbench.splits import as_splits, seeds_of
from bridle.workbench.study import Study
from bridle.workbench.task import TaskKind
from bridle.workbench.verdict.until_settled import with_looks

__all__ = ["compare"]

_LARGEST_SEED = 2**40


def compare(
    X: npt.ArrayLike | pd.DataFrame | Iterable[Any],
    y: npt.ArrayLike | pd.Series[Any] | str | None = None,
    *,
    arms: Sequence[str | tuple[str, Any]] | Mapping[str, Any] | None = None,
    rates: Sequence[float] = (),
    seeds: int | Sequence[int] | None = None,
    epochs: int | None = None,
    task: TaskKind | None = None,
    time_to: str | None = None,
    event: str | None = None,
    drop: Sequence[str] = (),
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
    parts: Sequence[str] = (),
    rows: int | str | None = None,
    splits: Any = None,
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
    network: Source | str | None = None,
    tune: bool = False,
    versus: Sequence[str] = (),
    until_settled: bool = False,
    learning_curve: bool = False,
    accept: Sequence[str] = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    model: bool = True,
) -> Study:
    """Train a baseline and its regularised rivals under the same rules, and return a verdict.

    Each seed determines a split (a tenth of the rows for testing, a tenth of the rest for
    validation, stratified by class), initial weights and an order of rows, the same for all arms.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n, p), or array of shape (n, …)
        Features: numbers, categories, booleans and missing values. Arrays with three or four axes
        are images or sequences. Without ``y``: an iterable of batches, each a pair
        of features and targets, such as a ``tf.data.Dataset`` or a PyTorch ``DataLoader``.
    y : array-like or DataFrame of shape (n,) or (n, 1), or str
        Target, also one-hot, of shape (n, classes); or the name of the target column of the
        DataFrame ``X``; None if X yields batches. Rows without a target are left out, and the
        report gives their number.
        For ``task="survival"``: a structured array of an event (bool) and a time, or columns (time,
        event); or None if ``time_to`` and ``event`` name columns.
    arms : sequence of str or (str, estimator), or mapping of str to estimator, optional
        Names of `bridle.workbench.arm.catalogue.ARMS`, such as "dropout", with another rate
        "dropout:0.2", or combined "dropout+max_norm"; and estimators of scikit-learn with names of
        their own, such as ``("forest", RandomForestClassifier())``. A mapping adds estimators to the
        default arms. Each is compared with the elastic net or, without it, "linear" or "baseline". The
        "dummy" always runs.
        Default: those of "permuted_target", "linear", "elastic_net", "baseline", "early_stopping" and
        "dropout" that can run.
    rates : sequence of float
        Rates of dropout, in [0, 1], that are compared instead of the arm "dropout", each with the
        baseline; 0 is the baseline itself. Default: none.
    seeds : int or sequence of int
        Number of random draws of the rows, or their seeds. Default: 10 for random splits, and 1 for
        folds, since one draw has all folds.
    epochs : int, optional
        Passes of a network over its training rows, at least 1. Default: 15, 30, 60 … until the
        validation losses of networks without and with dropout are level on the first splits, at
        most 960 epochs, 20,000 steps or a minute of training; the same number for all arms and splits.
    task : {"binary", "multiclass", "regression", "count", "survival"}, optional
        Default: inferred from the target; "survival" if ``time_to`` and ``event`` are given.
    time_to, event : str, optional
        For survival: the columns of the DataFrame ``X`` with the time to the event or to censoring, a
        number from 0 up, and with whether the event was seen (true or false, or 1 and 0).
    drop : sequence of str
        Columns of ``X`` to leave out.
    missing, keep : sequence of str
        Words, or numbers such as ``"-999"``, that mean a missing value in addition to NA, None, ?
        and others; and words of that list that are values.
    parts : sequence of str
        Columns of dates whose year, month, day, weekday and hour become features too. Default:
        dates are only days since 1970.
    rows : int or "all", optional
        Number of rows to draw at random from a larger table. Default: 50,000, or 200 for each column
        if that is more.
    splits : Splits or scikit-learn splitter, optional
        Division of the rows into training, validation and test rows (`bridle.workbench.splits`).
        Default: random splits.
    groups : array-like of shape (n,), or str, optional
        The group of each row, or the name of the column of the DataFrame ``X`` with the groups. All
        rows of a group are in the same part of a split.
    network : {"mlp", "cnn", "rnn"}, keras.Model, torch.nn.Module or callable, optional
        Default: dense layers ("mlp") for tables, a convolutional network ("cnn") for images, a GRU
        ("rnn") for sequences. A name chooses another kind: "cnn" takes sequences too, "mlp" all
        rows. Anything else replaces the default network: a Keras network or a PyTorch module, from
        whose weights every run starts; or a function that builds one from the number of features
        (for images and sequences, the shape of one row) and the number of outputs. A compiled Keras
        network is trained with its own loss and optimiser; a function may return a PyTorch module
        with its optimiser, ``(module, torch.optim.SGD(module.parameters(), lr=0.1))``. First layers
        determine the form of the features. Its own dropout is removed; the arm "dropout" adds dropout
        after the hidden layers. PyTorch modules need no Keras, and are trained on a GPU where there
        is one.
    tune : bool
        Whether each network arm first chooses its strengths, rate, learning rate and batch size by
        the validation rows, all with the same budget. Default False.
    versus : sequence of str
        Further pairs of arms to compare, such as ``"elastic_net:dropout"``: the change from the
        second to the first.
    until_settled : bool
        Whether to double the number of splits, up to 100, until every regulariser is shown to help,
        to hurt or to make no difference that matters. Intervals are wider, so that the probability
        of an error in any look is that of a single study. Default False.
    learning_curve : bool
        Whether to train the arms on smaller parts of the training rows too, at four sizes from a
        sixteenth up, to see from how many rows on a regulariser no longer pays. This adds four times
        as many runs. Default False.
    accept : sequence of str
        Findings of the checks that you know and accept, so that they do not make the verdict
        invalid: ``"BR201:odor"`` for a column, ``"BR202"`` for the whole table. The report mentions
        them.
    out : str or Path, optional
        A folder for the files of `Study.save`. Each run is saved there when it is finished: after
        an interruption, the same call continues the study; if the study is finished, it is
        returned.
    overwrite : bool
        Whether to replace another study in the folder, with other data or options. Default False:
        raise an error.
    model : bool
        Whether to fit the recommended arm on all rows and to save it in the folder ``model`` of
        ``out``, for `bridle.load`. Default True. Without ``out``, ``study.model()`` fits it.

    Returns
    -------
    Study
        With ``verdict``, ``records``, ``model()``, ``plot_loss()`` and ``save(directory)``.

    Raises
    ------
    InputError
        An argument is wrong; a ``ValueError`` that names the argument, column or row.
    MissingExtraError
        Only network arms were requested, and no network backend is installed.
    """
    if switch("overwrite", overwrite) and out is None:
        raise InputError(
            "overwrite needs an output folder, since nothing is written without one. Received: "
            "overwrite=True and out=None."
        )
    chosen = choose_arms(arms, network, tune=switch("tune", tune), rates=rates)
    asked = None if epochs is None else whole_at_least("epochs", epochs, 1, MOST)
    refuse_idle(chosen, epochs=asked is not None)
    most = most_rows(rows)
    sequences = isinstance(network, str) and network == "rnn"
    dataset = sampled(
        dataset_of(
            *(X, y, task, drop, groups, missing, keep, parts),
            time_to=time_to,
            event=event,
            sequences=sequences,
        ),
        most,
    )
    if callable(getattr(splits, "split", None)):
        _refuse_other_rows(dataset)
    for arm in chosen:
        if isinstance(arm, EstimatorArm):
            arm.refuse_task(dataset.task)
    division = as_splits(splits, table_of(dataset))
    protocol = Protocol(
        seeds=seeds_of(division, _draws(seeds)),
        epochs=asked or FIRST_EPOCHS,
        epochs_rule="given" if asked else "until level",
        splits=division,
        versus=(
            *rivals_of_estimators(chosen),
            *pairs_in(names_in("versus", versus, "['elastic_net:dropout']")),
        ),
        accept=tuple(names_in("accept", accept, "['BR201:odor']")),
        learning_curve=switch("learning_curve", learning_curve),
    )
    if switch("until_settled", until_settled):
        protocol = with_looks(protocol)
    return run_study(
        dataset,
        chosen,
        protocol,
        folder=out,
        overwrite=overwrite,
        model=switch("model", model) and out is not None,
    )


def _refuse_other_rows(dataset: Dataset) -> None:
    """Refuse rows that are not those given, to which a splitter may refer by number."""
    if dataset.drawn_from is not None:
        raise InputError(
            'rows must be "all" if splits is a splitter, which may refer to rows by number. Received: '
            f"{dataset.drawn_from:,} rows, of which {len(dataset.target):,} were drawn."
        )
    if dataset.rows_left_out:
        raise InputError(
            "y must have a target in every row if splits is a splitter, which may refer to rows by "
            f"number. Received: none in {dataset.rows_left_out:,} of them. Remove these from X and "
            "y."
        )


def _draws(seeds: Any) -> int | list[int] | None:
    """Return the requested number of draws, or their seeds."""
    if seeds is None:
        return None
    listed = isinstance(seeds, Iterable) and not isinstance(seeds, str | bytes | Mapping)
    if not listed or getattr(seeds, "ndim", 1) == 0:
        return whole_at_least("seeds", seeds, 1, MOST_RUNS)
    numbers = [
        whole_at_least(f"seeds[{i}]", seed, 0, _LARGEST_SEED) for i, seed in enumerate(seeds)
    ]
    if len(set(numbers)) < len(numbers):
        refuse("seeds", "distinct numbers", seeds)
    return numbers
