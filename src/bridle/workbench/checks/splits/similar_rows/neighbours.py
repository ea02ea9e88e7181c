r"""Distances of rows to their nearest neighbours, compared with chance.

If rows are drawn independently from a smooth density of dimension d, the distance to the nearest
other row is below r times that to the k-th with probability :math:`1 - (1 - r^d)^{k - 1}`, whatever
the density. The distance to the j-th neighbour is below r times that to the next with probability
:math:`r^{dj}`. If j neighbours form a group with the row, that ratio is far smaller.

The dimension is estimated from the tenth to the twentieth neighbour, which a few copies of a row do not
affect: the mean of log(d_20 / d_j) is :math:`\sum_{i = j}^{19} 1 / i` divided by d, for each j from 10
to 19. Groups of five rows or more make the estimate too small and the probabilities too large, so that
some groups are missed, but none is found by mistake.

Source: Levina and Bickel, "Maximum likelihood estimation of intrinsic dimension", NIPS 17 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from bridle.types import Array, Flags, Index
from bridle.workbench.columns.columns import numbers
from bridle.workbench.columns.distinct_values import count_distinct

__all__ = ["Neighbours", "neighbours_of"]


# Each of the constants below was halved and doubled, roughly, on 51 tables without groups and 24 with
# planted groups (design note 0005). None raised a false alarm. Half the directions found 15 groups
# instead of 18; other values found 17 or 18.
_NEAR, _FAR = 10, 20
"""Ranks of the neighbours by which a near row is judged, and the dimension is estimated."""
_LEAST_MATES = 3
"""Smallest j of a step. For a smaller j :math:`r^{dj}` is large, and the ratio to the tenth suffices."""
_LEAST_ROWS = 60
"""Three times the farthest neighbour, so that it is still near the row."""
_LEAST_COLUMNS = 2
"""In a single column, distances are differences of rounded numbers, many of them equal."""
_MOST_COLUMNS = 64
"""Columns that are used, evenly spread over those of a wider table, to bound the time."""
_MOST_DIRECTIONS = 10
"""Random directions on which more columns than this are projected, for a fast tree."""
_MOST_QUERIES = 1000
"""Rows whose neighbours are sought: a fraction of them has a standard error of at most 0.016."""
_SAMPLE = 2000
"""Rows by which a column is judged to have many values."""
_DISTINCT, _COMMONEST = 20, 0.1
"""A column of numbers has more distinct values than this, and none in a larger fraction of the rows."""
_REACH = 4.0
"""Standard deviations at which values are clipped, or single entries would determine the distances."""
_CHANCE = 1e-3
"""Fraction of rows with a neighbour as near as a copy by chance."""


@dataclass(frozen=True)
class Neighbours:
    """Rows and their nearest other rows, by the columns with many values.

    Attributes
    ----------
    rows, nearest : ndarray of shape (m,)
        Row numbers; of rows that are equal in these columns only one is used.
    ratio : ndarray of shape (m,)
        Distance to the nearest row divided by that to the tenth.
    step : ndarray of shape (m,)
        Smallest distance to the j-th row divided by that to the next, for j from 3 to 18.
    dimension : float
        Intrinsic dimension of the rows, estimated from farther neighbours.
    """

    rows: Index
    nearest: Index
    ratio: Array
    step: Array
    dimension: float

    def share_by_chance(self, ratio: float) -> float:
        """Return the fraction of rows whose ratio is below this one by chance."""
        return float(1 - (1 - ratio**self.dimension) ** (_NEAR - 1))

    def share_of_steps_by_chance(self, step: float) -> float:
        """Return the fraction of rows whose smallest step is below this one by chance.

        Steps of a row are independent of each other.
        """
        return float(1 - np.prod(1 - step ** (self.dimension * np.arange(_LEAST_MATES, _FAR - 1))))

    def closer(self, most: float) -> npt.NDArray[np.bool_]:
        """Return which rows have a neighbour that is nearer than by chance.

        Their ratio is below ``most`` and below that of one row in a thousand by chance.
        """
        by_chance = (_CHANCE / (_NEAR - 1)) ** (1 / self.dimension)
        found: npt.NDArray[np.bool_] = self.ratio < min(most, by_chance)
        return found


def neighbours_of(frame: pd.DataFrame) -> Neighbours | None:
    """Return the neighbours of up to 1,000 rows; None with few rows, or few columns of many values."""
    values = _smooth_columns(frame)
    if values.shape[1] < _LEAST_COLUMNS:
        return None
    rng = np.random.default_rng(0)
    if values.shape[1] > _MOST_DIRECTIONS:
        # Near rows remain near in a projection on random directions.
        values = values @ rng.normal(size=(values.shape[1], _MOST_DIRECTIONS))
    kept = np.sort(np.unique(values, axis=0, return_index=True)[1])
    if len(kept) < _LEAST_ROWS:
        return None
    asked = np.sort(rng.choice(len(kept), min(len(kept), _MOST_QUERIES), replace=False))
    distances, found = map(np.asarray, cKDTree(values[kept]).query(values[kept[asked]], _FAR + 1))
    # The first is the row itself.
    distance = np.maximum(distances[:, 1:], np.finfo(float).tiny)
    spread = np.log(distance[:, [-1]] / distance[:, _NEAR - 1 : -1])
    expected = np.mean([np.sum(1 / np.arange(j, _FAR)) for j in range(_NEAR, _FAR)])
    return Neighbours(
        rows=kept[asked],
        nearest=kept[found[:, 1]],
        ratio=distance[:, 0] / distance[:, _NEAR - 1],
        step=(distance[:, :-1] / distance[:, 1:])[:, _LEAST_MATES - 1 : -1].min(axis=1),
        dimension=float(expected / max(spread.mean(), np.finfo(float).tiny)),
    )


def _smooth_columns(frame: pd.DataFrame) -> Array:
    """Return standardised numeric columns with many values, none of them frequent; at most 64."""
    names, values = numbers(frame)
    step = max(1, len(values) // _SAMPLE)
    smooth = np.flatnonzero(_are_smooth(values[::step])) if names else np.empty(0, dtype=np.intp)
    places = np.linspace(0, len(smooth) - 1, min(len(smooth), _MOST_COLUMNS)).astype(int)
    picked = values[:, smooth[places]]
    if not len(smooth):
        return picked
    middle, scale = np.nanmean(picked, axis=0), np.nanstd(picked, axis=0)
    standard = (picked - middle) / np.where(scale > 0, scale, 1.0)
    return np.clip(np.nan_to_num(standard), -_REACH, _REACH)


def _are_smooth(values: Array) -> Flags:
    """Return which columns have many values, none of them frequent; a missing value is none."""
    ordered = np.sort(values, axis=0)
    most = int(_COMMONEST * len(values))
    frequent = (ordered[most:] == ordered[: len(values) - most]).any(axis=0)
    distinct = count_distinct(values) - np.isnan(values).any(axis=0)
    smooth: Flags = (distinct > _DISTINCT) & ~frequent
    return smooth
