"""Selection of an elastic net, in plain numbers for a record: its cross-validation and its path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.types import Array, Index
from bridle.workbench.arm.linear_arms.correlated_groups import kept_of_groups

__all__ = ["CORRELATED", "selection_of"]

CORRELATED = 0.8
"""Absolute correlation from which the most similar other feature counts as a partner."""

_MOST_LINES = 12
"""Largest number of features whose path is recorded."""

_MOST_KEPT = 100
"""Largest number of selected features, largest coefficients first, whose partners are sought."""

_MOST_ROWS = 5000
"""Rows from which correlations are computed."""

_DIGITS = 6


def selection_of(
    result: CrossValidation,
    names: Sequence[str],
    X: Array,
    coef: Array,
    groups: Sequence[Index],
) -> dict[str, Any]:
    """Return curve, path and correlated features of an elastic net's choice.

    Parameters
    ----------
    result : CrossValidation
        The cross-validation, of which the best l1_ratio is recorded.
    names : sequence of str, length p
        Names of the features.
    X : ndarray of shape (n, p)
        Training rows.
    coef : ndarray of shape (p, outputs)
        The chosen coefficients.
    groups : sequence of ndarray
        Correlated features, see `correlated_groups`.

    Returns
    -------
    dict
        ``alphas``, the S strengths; ``mean`` and ``error``, the deviance on held-out rows and its
        standard error; ``features``, their number p; ``nonzero``, that in the model at each strength;
        ``best`` and ``one_standard_error``, the positions of the two choices; ``path``, which maps the
        features with the largest coefficients at the weakest strength to S coefficients (of several
        outputs, the one with the largest absolute value); ``partners``, see `_partners`; and ``groups``,
        the size of each group and the number of its features that are kept, see `kept_of_groups`.
    """
    place = result.best.ratio_index
    path = result.paths[place]
    lines = path.strongest_outputs()
    largest = np.argsort(-np.abs(lines[-1]), kind="stable")[:_MOST_LINES]
    shown = [j for j in largest if np.any(lines[:, j] != 0)]
    return {
        "alphas": _rounded(path.alphas),
        "mean": _rounded(result.mean_scores[place]),
        "error": _rounded(result.standard_errors[place]),
        "features": len(names),
        "nonzero": [int(count) for count in path.n_nonzero],
        "best": result.best.alpha_index,
        "one_standard_error": result.one_standard_error.alpha_index,
        "path": {names[j]: _rounded(lines[:, j]) for j in shown},
        "partners": _partners(X, coef),
        "groups": kept_of_groups(groups, names, coef),
    }


def _partners(X: Array, coef: Array) -> dict[str, int]:
    """Return how many selected features have a correlated partner, and how many of these are kept.

    The partner of a feature is the other feature with the largest absolute correlation, if that is at
    least `CORRELATED`. ``kept`` counts the selected features examined, ``paired`` those with a partner,
    and ``together`` those whose partner was selected too.
    """
    size = np.linalg.norm(coef, axis=1)
    kept = np.argsort(-size, kind="stable")[:_MOST_KEPT]
    kept = kept[size[kept] > 0]
    if kept.size == 0 or X.shape[1] < 2:
        return {"kept": int(kept.size), "paired": 0, "together": 0}
    rows = np.unique(np.linspace(0, len(X) - 1, min(len(X), _MOST_ROWS)).astype(np.intp))
    seen = X if rows.size == len(X) else X[rows]
    mean, scale = seen.mean(axis=0), seen.std(axis=0)
    products = seen[:, kept].T @ seen / rows.size - np.outer(mean[kept], mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.abs(products / np.outer(scale[kept], scale))
    correlation[~np.isfinite(correlation)] = 0.0
    correlation[np.arange(kept.size), kept] = 0.0
    partner = correlation.argmax(axis=1)
    paired = correlation[np.arange(kept.size), partner] >= CORRELATED
    return {
        "kept": int(kept.size),
        "paired": int(paired.sum()),
        "together": int((paired & (size[partner] > 0)).sum()),
    }


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values]
