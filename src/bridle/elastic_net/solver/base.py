"""Solver and solution: what an algorithm is given, and what it returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import Self

import numpy as np

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.types import Array

__all__ = ["Iterate", "Solution", "Solver", "Status"]


class Status(Enum):
    """How a solver ended, in words."""

    CONVERGED = "The duality gap is within the tolerance."
    STOPPED = (
        "The iterations were used up before the duality gap came within the tolerance. "
        "Raise max_iter, raise tol, strengthen the penalty or standardise the features."
    )
    STALLED = (
        "The iterates no longer move, although the certificate is not within the tolerance: rounding "
        "hides what is left. Standardise the features, strengthen the penalty or raise tol."
    )
    NOT_FINITE = (
        "The iterates ceased to be finite numbers. Rescale the features and the target, or "
        "strengthen the penalty."
    )

    @classmethod
    def of(cls, certificate: Certificate, tol: float) -> Status:
        """Return how a solution with this certificate ended."""
        if not np.isfinite(certificate.objective):
            return cls.NOT_FINITE
        return cls.CONVERGED if certificate.meets(tol) else cls.STOPPED


@dataclass(frozen=True)
class Iterate:
    """A point that a solver has reached: coef (p, outputs), intercept (outputs,), eta (n, outputs)."""

    coef: Array
    intercept: Array
    eta: Array

    @classmethod
    def start(cls, problem: Problem, start: tuple[Array, Array] | None) -> Self:
        """Return the iterate at ``(coef, intercept)``, or at the null model."""
        if start is not None:
            coef, intercept = start
            p = coef.shape[0]
            coef = np.clip(coef.T, *problem.penalty.bounds(p)).T
            coef = np.where(np.isinf(problem.penalty.strengths(p)[0])[:, None], 0.0, coef)
        else:
            coef = np.zeros((problem.design.shape[1], problem.n_outputs))
            coef[problem.unpenalized] = problem.null.coef
            intercept = problem.null.intercept.copy()
        if not problem.fit_intercept:
            intercept = np.zeros_like(intercept)
        return cls(coef, intercept, problem.linear_predictor(coef, intercept))


@dataclass(frozen=True)
class Solution:
    """What a solver returns.

    Attributes
    ----------
    coef : ndarray of shape (p, outputs)
    intercept : ndarray of shape (outputs,)
        Centred where the loss does not see a common shift (multinomial).
    certificate : Certificate
        Computed by the problem.
    status : Status
    iterations : int
        Outer iterations: at least 1, or 0 where the start was a solution.
    """

    coef: Array
    intercept: Array
    certificate: Certificate
    status: Status
    iterations: int

    @classmethod
    def judge(
        cls,
        problem: Problem,
        iterate: Iterate,
        certificate: Certificate | None,
        tol: float,
        iterations: int,
        *,
        stalled: bool = False,
    ) -> Self:
        """Say how a solver ended; its last iterate is certified where that has not been done.

        ``stalled`` says that nothing moved any more.
        """
        intercept = iterate.intercept
        if problem.loss.is_shift_invariant:
            intercept = intercept - intercept.mean()
            certificate = None
        if certificate is None:
            certificate = problem.certify(iterate.coef, intercept)
        status = Status.of(certificate, tol)
        if status is Status.STOPPED and stalled:
            status = Status.STALLED
        return cls(iterate.coef, intercept, certificate, status, iterations)


class Solver(ABC):
    """An algorithm with its settings; it keeps nothing between two solves."""

    @abstractmethod
    def solve(self, problem: Problem, start: tuple[Array, Array] | None = None) -> Solution:
        """Minimise the problem.

        Parameters
        ----------
        problem : Problem
        start : tuple of coef (p, outputs) and intercept (outputs,), optional
            Where to begin. Default: the null model.
        """
