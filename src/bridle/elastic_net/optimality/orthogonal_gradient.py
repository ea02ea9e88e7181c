"""Orthogonal gradient of a loss whose rows depend on one another: products with columns are 0.

Newton's method in the coefficients of the columns alone finds the linear predictor.
"""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.curved_step import step_by_hessian
from bridle.elastic_net.loss import JoinedLoss
from bridle.types import Array

__all__ = ["orthogonal_gradient"]

_STEPS = 30
# Equalities that hold to this fraction of the gradient's size are met.
_MET = 1e-12


def orthogonal_gradient(
    loss: JoinedLoss, y: Array, weights: Array, columns: Array, eta: Array
) -> tuple[Array, Array]:
    """Return a linear predictor near eta with ``E' u = 0`` for its gradient u, and u.

    The result is the iterate at which the equalities hold best.

    Parameters
    ----------
    loss : JoinedLoss
    y, eta : ndarray of shape (n, 1)
    weights : ndarray of shape (n,)
    columns : ndarray of shape (n, m)
        E.
    """
    sizes = np.sqrt(weights @ columns**2)
    columns = columns / np.where(sizes > 0, sizes, 1.0)
    endless = np.full(columns.shape[1], np.inf)
    gradient = loss.gradient(eta, y, weights)
    best, smallest = (eta, gradient), np.inf
    for _ in range(_STEPS):
        products = (columns.T @ gradient)[:, 0]
        missed = float(np.max(np.abs(products)))
        if not missed < smallest:
            break
        best, smallest = (eta, gradient), missed
        used = weights > 0
        size = float(np.sqrt(np.sum(gradient[used, 0] ** 2 / weights[used])))
        if missed <= _MET * size:
            break
        hessian = loss.hessian(eta, weights, columns)
        eta = eta - (columns @ step_by_hessian(hessian, products, -endless, endless))[:, None]
        gradient = loss.gradient(eta, y, weights)
    return best
