"""Largest strength of a path: the smallest at which no penalised feature enters."""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.types import Array

__all__ = ["largest_strength"]

_SMALLEST_L1_RATIO = 1e-3
"""As in glmnet: no ridge penalty excludes all features, but its path must start somewhere."""


def largest_strength(
    penalty: ElasticNetPenalty, negative_null_gradient: Array, l1_ratio: float
) -> float:
    """Return ``max_j |s_j| / v_j / max(l1_ratio, 1e-3)`` over the signs that bounds allow.

    With tied outputs ``|s_j|`` is the norm of a row.

    Parameters
    ----------
    penalty : ElasticNetPenalty
        Its factors v and bounds are used.
    negative_null_gradient : ndarray of shape (p, outputs)
        s, the negative gradient at the null model.
    l1_ratio : float
        In [0, 1].

    Returns
    -------
    float
        0 if no feature can enter.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent", section 2.5.
    """
    n_features = negative_null_gradient.shape[0]
    lower, upper = (bound[:, None] for bound in penalty.bounds(n_features))
    least, most = np.where(lower < 0, -np.inf, 0.0), np.where(upper > 0, np.inf, 0.0)
    size = penalty.sizes(np.clip(negative_null_gradient, least, most))
    factors = np.full(n_features, penalty.factors)
    entering = (factors > 0) & np.isfinite(factors)
    largest = np.max(size[entering] / factors[entering, None], initial=0.0)
    return float(largest / max(l1_ratio, _SMALLEST_L1_RATIO))
