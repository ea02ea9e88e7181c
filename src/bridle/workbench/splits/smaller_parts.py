"""Smaller training and validation sets of a split, nested in one another, for a learning curve."""

from __future__ import annotations

import numpy as np

from bridle import streams
from bridle.workbench.splits.base import Parts, Rows, Table

__all__ = ["smaller_parts"]


def smaller_parts(table: Table, parts: Parts, share: float, run: int) -> Parts:
    """Return a fraction of the training and validation rows, and all test rows.

    The rows of a smaller fraction are among those of a larger one. Each class keeps the same fraction,
    and at least one row; groups stay whole. For rows in time, the latest training rows and all
    validation rows are kept, so that there is no gap between them.

    Parameters
    ----------
    table : Table
        The data.
    parts : Parts
        The parts of the run.
    share : float
        In (0, 1].
    run : int
        Number of the run, which determines the rows.
    """
    if share == 1.0:
        return parts
    if table.times is not None:
        kept = _size(share, len(parts.train))
        return Parts(np.sort(parts.train)[-kept:], parts.validation, parts.test)
    return Parts(
        _some(table, parts.train, share, run, "train"),
        _some(table, parts.validation, share, run, "validation"),
        parts.test,
    )


def _some(table: Table, rows: Rows, share: float, run: int, part: str) -> Rows:
    rng = streams.generator(run, "learning curve", part)
    if table.groups is not None:
        return rows[_whole_groups(table.groups[rows], share, rng)]
    strata = table.target[rows] if table.classes else np.zeros(len(rows), dtype=int)
    order = rng.permutation(len(rows))
    kept = []
    for stratum in np.unique(strata):
        of_class = order[strata[order] == stratum]
        kept.append(of_class[: _size(share, len(of_class))])
    return rows[np.sort(np.concatenate(kept))]


def _whole_groups(groups: Rows, share: float, rng: np.random.Generator) -> Rows:
    """Return the positions of whole groups, in random order, until they have the fraction of rows."""
    codes, sizes = np.unique(groups, return_counts=True)
    order = rng.permutation(len(codes))
    before = np.cumsum(sizes[order]) - sizes[order]
    kept = codes[order[before < _size(share, len(groups))]]
    return np.flatnonzero(np.isin(groups, kept))


def _size(share: float, rows: int) -> int:
    return max(1, round(share * rows))
