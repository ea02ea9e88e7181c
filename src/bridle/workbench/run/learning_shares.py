"""`learning_shares`: the sizes of a learning curve, as shares of a split's training rows."""

from __future__ import annotations

import numpy as np

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import part_rows

__all__ = ["learning_shares"]

_SIZES = 5

_SMALLEST_SHARE = 1 / 16

_FEWEST_ROWS = 40

_FEWEST_OF_A_CLASS = 5
"""Fewest rows of the rarest class: one for each of the elastic net's five folds."""


def learning_shares(dataset: Dataset, protocol: Protocol) -> tuple[float, ...]:
    """Return five shares, each the same multiple of the one before; the last is 1.

    The smallest is a sixteenth or, if that would be too little to learn from, 40 rows or 5 rows of
    the rarest class.

    Raises
    ------
    InputError
        A split has less than twice the rows of the smallest size.
    """
    train = min((part_rows(dataset, protocol, seed)[0] for seed in protocol.seeds), key=len)
    smallest, why = _FEWEST_ROWS / len(train), f"{_FEWEST_ROWS} training rows"
    target, classes = dataset.task.type.divided_by(dataset.target, dataset.task.classes)
    if classes:
        counts = np.bincount(target[train], minlength=len(classes))
        rarest = int(counts[counts > 0].argmin())
        of_rarest = int(counts[counts > 0].min())
        if _FEWEST_OF_A_CLASS / of_rarest > smallest:
            name = np.asarray(classes)[counts > 0][rarest]
            smallest = _FEWEST_OF_A_CLASS / of_rarest
            why = f"{_FEWEST_OF_A_CLASS} training rows of the class {str(name)!r}"
    if smallest > 0.5:
        raise InputError(
            f"{option('learning_curve')} begins with {why}, and needs twice as many in each split. "
            f"Received: {len(train):,} training rows. Give more rows, or leave it out."
        )
    first = max(smallest, _SMALLEST_SHARE)
    return tuple(float(f"{share:.4g}") for share in np.geomspace(first, 1.0, _SIZES))
