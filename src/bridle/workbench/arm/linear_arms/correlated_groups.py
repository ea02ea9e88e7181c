"""Groups of correlated features, and how many of each group a model keeps.

Groups are found by complete linkage: any two features of a group have an absolute correlation of at
least 0.9. They depend on the training rows only, so arms on the same split have the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from bridle.types import Array, Index

__all__ = ["ALIKE", "correlated_groups", "kept_of_groups"]

ALIKE = 0.9
"""Smallest absolute correlation of two features in a group."""

_MOST_FEATURES = 1000
"""Largest number of features that are grouped: those most correlated with the target."""

_MOST_ROWS = 5000
"""Rows from which correlations are computed."""

_MOST_GROUPS = 20
"""Largest number of groups that are recorded, largest groups first."""

_MOST_NAMES = 6
"""Largest number of names that are recorded for a group."""


def correlated_groups(X: Array, targets: Array) -> list[Index]:
    """Return groups of two or more features, the largest first.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        Training rows.
    targets : ndarray of shape (n, outputs)
        With more than 1,000 features, only those most correlated with an output are grouped.

    Returns
    -------
    list of ndarray
        Positions of the features of each group, ascending; at most 20 groups.

    Notes
    -----
    Source of the grouping effect: Zou and Hastie (2005), "Regularization and variable selection via the
    elastic net", section 2.3.
    """
    rows = np.unique(np.linspace(0, len(X) - 1, min(len(X), _MOST_ROWS)).astype(np.intp))
    columns = _unit_columns(X[rows])
    looked_at = np.flatnonzero(columns.any(axis=0))
    if looked_at.size > _MOST_FEATURES:
        fitted = np.abs(_unit_columns(targets[rows]).T @ columns).max(axis=0)
        looked_at = np.sort(np.argsort(-fitted, kind="stable")[:_MOST_FEATURES])
    if looked_at.size < 2:
        return []
    columns = columns[:, looked_at]
    distance = 1 - np.abs(columns.T @ columns)
    above = distance[np.triu_indices(looked_at.size, 1)]
    tree = linkage(np.maximum(above, 0.0), method="complete")
    labels = fcluster(tree, 1 - ALIKE, criterion="distance")
    groups = [looked_at[labels == label] for label in np.flatnonzero(np.bincount(labels) > 1)]
    return sorted(groups, key=lambda group: (-group.size, group[0]))[:_MOST_GROUPS]


def kept_of_groups(
    groups: Sequence[Index], names: Sequence[str], coef: Array
) -> list[dict[str, Any]]:
    """Return, for each group, its first names, its size, and the number of features a model keeps.

    Parameters
    ----------
    groups : sequence of ndarray
        From `correlated_groups`.
    names : sequence of str, length p
    coef : ndarray of shape (p, outputs)
        A feature is kept if one of its coefficients is not 0.
    """
    kept = np.any(coef != 0, axis=1)
    return [
        {
            "features": [names[j] for j in group[:_MOST_NAMES]],
            "size": int(group.size),
            "kept": int(kept[group].sum()),
        }
        for group in groups
    ]


def _unit_columns(X: Array) -> Array:
    """Return centred columns of norm 1, or 0 for constant ones."""
    centred = X - X.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    large = norms > 1e-12 * np.linalg.norm(X, axis=0)
    return np.divide(centred, norms, out=np.zeros_like(centred), where=large)
