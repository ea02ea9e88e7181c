"""Sample of rows of a large table: its size, the draw, and the note about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.option_words import N, option
from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import whole_at_least
from bridle.errors import InputError
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = [
    "CODE",
    "EXPLANATION",
    "enough_rows",
    "most_rows",
    "sample_rows",
    "sampled",
    "with_sample",
]

CODE = "BR119 row-sample"

EXPLANATION = Explanation(
    finds="The table has more rows than the study used: these were drawn at random.",
    matters=(
        "At least 50,000 rows, and 200 for each column, measure a change more finely than the margin "
        "of what matters. A network, or a rare class, may still gain from more."
    ),
    remedy="Use all rows with --rows all, or another number with --rows N.",
)

_ENOUGH = 50_000
"""A test set of a tenth of these rows measures a change to about 1 % of the spread of losses, which is
half of the default margin."""

_FOR_A_COLUMN = 200
"""Rows for each column: the risk of a linear model is then at most 0.5 % above the best."""

_SEED = 0


def most_rows(rows: Any) -> int | None:
    """Return the argument ``rows`` as a number, 0 for all rows, or None to let `enough_rows` decide.

    Raises
    ------
    InputError
        ``rows`` is neither a number of rows, at least 100, nor "all".
    """
    if rows is None:
        return None
    if isinstance(rows, str):
        if rows.strip().lower() == "all":
            return 0
        try:
            rows = int(rows)
        except ValueError as error:
            raise InputError(
                f'rows must be "all" or a number of rows. Received: rows={shown(rows)}.'
            ) from error
    return whole_at_least("rows", rows, 100)


def enough_rows(columns: int) -> int:
    """Return the number of rows that are enough for so many columns.

    At least 50,000 rows, and 200 for each column. A linear model of p features, fitted to n rows, has a
    risk that exceeds the best one's by about ``p / n`` of the noise: at most 0.5 %, while a change below
    2 % of a constant's loss is too small to matter.
    """
    return max(_ENOUGH, _FOR_A_COLUMN * columns)


def sample_rows(total: int, most: int) -> npt.NDArray[np.intp]:
    """Return the positions of ``most`` rows, drawn at random, in ascending order."""
    return np.sort(np.random.default_rng(_SEED).choice(total, most, replace=False))


def sampled(dataset: Dataset, rows: int | None) -> Dataset:
    """Return a random sample of a dataset's rows, if it has more than were asked for or are enough.

    Parameters
    ----------
    dataset : Dataset
    rows : int or None
        As `most_rows` returns it.

    Raises
    ------
    InputError
        A class has no row in the sample.
    """
    total = len(dataset.target)
    most = enough_rows(dataset.frame.shape[1]) if rows is None else rows
    if not most or total <= most:
        return dataset
    places = sample_rows(total, most)
    target = dataset.target[places]
    if dataset.task.is_classification:
        missing = np.setdiff1d(dataset.target, target)
        if len(missing):
            raise InputError(
                f"rows must be enough for each class. Received: {most:,} of {total:,} rows, without "
                f"any of class {dataset.task.classes[int(missing[0])]!r}. Ask for more, or for all: "
                f"{option('rows', 'all')}."
            )
    groups, times = dataset.groups, dataset.times
    fewer = replace(
        dataset,
        frame=dataset.frame.iloc[places].reset_index(drop=True),
        target=target,
        groups=None if groups is None else np.unique(groups[places], return_inverse=True)[1],
        times=None if times is None else np.unique(times[places], return_inverse=True)[1],
    )
    return with_sample(fewer, total)


def with_sample(dataset: Dataset, total: int) -> Dataset:
    """Return a dataset with a note on the number of rows from which its own were drawn."""
    finding = Finding(
        CODE,
        None,
        f"{dataset.name} has {total:,} rows; {len(dataset.target):,} of them, drawn at random with seed "
        f"{_SEED}, were used. They measure each change more finely than the margin of what matters, so "
        "that the others would take time and memory and hardly change the answer. A network, or a rare "
        "class, may still gain from more rows.",
        f"Use all of them with {option('rows', 'all')}, or another number with {option('rows', N)}.",
        "warning",
    )
    return replace(dataset, drawn_from=total, findings=(finding, *dataset.findings))
