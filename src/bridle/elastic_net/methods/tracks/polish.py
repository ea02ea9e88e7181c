"""Polish: solutions to full precision, by Newton's method on the active features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.solver.newton import finish
from bridle.elastic_net.working_set.attempt import Attempt
from bridle.types import Array

__all__ = ["polish", "wants_all_digits"]


# Below it, coordinate descent alone needs many sweeps for each digit.
_TIGHT = 1e-9
# Numbers of X up to which Newton's method costs next to nothing.
_TINY = 1e5


def wants_all_digits(numbers: int, settings: CoordinateDescent) -> bool:
    """Return True if solutions are to be polished: for a tight ``tol``, or if X has few ``numbers``.

    With ``max_iter=1`` they never are.
    """
    return settings.max_iter > 1 and (settings.tol <= _TIGHT or numbers <= _TINY)


def polish(
    problem: Problem,
    strengths: Array,
    l1_ratio: float,
    features: npt.NDArray[np.int64],
    attempt: Attempt,
) -> Attempt:
    """Finish solutions with Newton's method, for fixed signs of their coefficients.

    Parameters
    ----------
    problem : Problem
    strengths : ndarray of shape (m,)
    l1_ratio : float
    features : ndarray of shape (size,)
        Features of the coefficients; all others are 0.
    attempt : Attempt

    Returns
    -------
    Attempt
    """
    coefs, intercepts, etas = [], [], []
    for k, strength in enumerate(strengths):
        penalty = problem.penalty.with_strength(float(strength), l1_ratio)
        coef = np.zeros((problem.design.shape[1], problem.n_outputs))
        coef[features] = np.atleast_2d(attempt.coef[k]).T
        eta = attempt.eta[k].reshape(problem.n_outputs, -1).T
        here = Iterate(coef, np.atleast_1d(attempt.intercept[k]), eta)
        there = finish(problem.with_penalty(penalty), here)
        coefs.append(there.coef[features].T.reshape(attempt.coef[k].shape))
        intercepts.append(there.intercept.reshape(attempt.intercept[k].shape))
        etas.append(there.eta.T.ravel())
    return Attempt(np.array(coefs), np.array(intercepts), np.array(etas))
