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
from bridle.workbench.tasks.plain_fits import CentredRows

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
    centred = CentredRows.of(X)
    with quiet_arithmetic():
        problem = Problem.build(
            DenseDesign(np.asfortranarray(centred.columns)),
            events,
            loss,
            ElasticNetPenalty(0.0, centred.ridge),
            fit_intercept=False,
        )
        solution = CoordinateDescent().solve(problem)
    details = {
        "converged": solution.status is Status.CONVERGED,
        "minimum_norm": centred.basis is not None,
        "relative_gap": solution.certificate.relative_gap,
    }
    return PlainFit(centred.in_features(solution.coef), np.zeros(1), details)
