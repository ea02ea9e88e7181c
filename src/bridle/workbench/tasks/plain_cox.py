"""Cox's model without a penalty, also where the solution is not unique."""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.solver.base import Status
from bridle.types import Array
from bridle.workbench.tasks.base import PlainFit
from bridle.workbench.tasks.plain_fits import VANISHING, row_space

__all__ = ["cox_fit"]


def cox_fit(X: Array, loss: Loss, events: Array) -> PlainFit:
    """Fit survival times; with as many features as rows, in the row space and with a vanishing ridge.

    If the features order the events without an error, no finite solution exists, and the coefficients
    are those at which the solver stopped.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    loss : Loss
        Cox's, bound to the rows.
    events : ndarray of shape (n, 1)
    """
    wide = X.shape[1] >= X.shape[0]
    basis, strength = np.eye(X.shape[1]), 0.0
    if wide:
        _, sizes, basis = row_space(X)
        strength = VANISHING * float(sizes[0]) ** 2 / len(X)
    columns = np.asfortranarray((X - X.mean(axis=0)) @ basis if wide else X)
    with quiet_arithmetic():
        problem = Problem.build(
            DenseDesign(columns),
            events,
            loss,
            ElasticNetPenalty(0.0, strength),
            fit_intercept=False,
        )
        solution = CoordinateDescent().solve(problem)
    details = {
        "converged": solution.status is Status.CONVERGED,
        "minimum_norm": wide,
        "relative_gap": solution.certificate.relative_gap,
    }
    return PlainFit(basis @ solution.coef, np.zeros(1), details)
