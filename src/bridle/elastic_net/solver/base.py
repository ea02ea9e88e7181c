"""Base class of solvers, and the solution that they return."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import Self

import numpy as np

from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.types import Array

__all__ = ["Iterate", "Solution", "Solver", "Status"]


class Status(Enum):
    """Outcome of a solver; the value is a sentence with a remedy."""

    CONVERGED = "The certificate meets the tolerance."
    STOPPED = (
        "The maximum number of iterations was reached before the certificate met the tolerance. "
        "Raise max_iter, raise tol, strengthen the penalty or standardise the features."
    )
    STALLED = (
        "The solver makes no more progress, although the certificate does not meet the tolerance: "
        "rounding hides the rest. Standardise the features, strengthen the penalty or raise tol."
    )
    NOT_FINITE = (
        "The objective overflowed or became NaN. Rescale the features and the target, or strengthen "
        "the penalty."
    )

    @classmethod
    def of(cls, certificate: Certificate, tol: float) -> Status:
        """Return the status of a solution with this certificate."""
        if not np.isfinite(certificate.objective):
            return cls.NOT_FINITE
        return cls.CONVERGED if certificate.meets(tol) else cls.STOPPED


@dataclass(frozen=True)
class Iterate:
    """The current point of a solver: coef (p, outputs), intercept (outputs,), eta (n, outputs)."""

    coef: Array
    intercept: Array
    eta: Array

    @classmethod
    def start(cls, problem: Problem, start: tuple[Array, Array] | None) -> Self:
        """Return the iterate at ``(coef, intercept)``, clipped to the bounds, or at the null model."""
        if start is not None:
            coef, intercept = start
            p = coef.shape[0]
            coef = np.clip(coef.T, *problem.penalty.bounds(p)).T
            coef = np.where(np.isinf(problem.penalty.strengths(p)[0])[:, None], 0.0, coef)
        else:
            coef = np.zeros((problem.design.shape[1], problem.n_outputs))
            coef[problem.unpenalized] = problem.null.coef
            return cls(coef, problem.null.intercept, problem.null.eta)
        if not problem.fit_intercept:
            intercept = np.zeros_like(intercept)
        return cls(coef, intercept, problem.linear_predictor(coef, intercept))


@dataclass(frozen=True)
class Solution:
    """The solution that a solver returns.

    Attributes
    ----------
    coef : ndarray of shape (p, outputs)
    intercept : ndarray of shape (outputs,)
        Centred if the loss is invariant to common shifts (multinomial).
    certificate : Certificate
        Computed by the problem.
    status : Status
    iterations : int
        Outer iterations: at least 1, or 0 if the start was already a solution.
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
        """Build from a solver's last iterate, certified unless ``certificate`` is given.

        ``stalled``: whether the solver stopped for lack of progress. Default False.
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
    """An algorithm with its settings; it keeps no state between solves."""

    @abstractmethod
    def solve(self, problem: Problem, start: tuple[Array, Array] | None = None) -> Solution:
        """Minimise the problem.

        Parameters
        ----------
        problem : Problem
        start : tuple of coef (p, outputs) and intercept (outputs,), optional
            Warm start. Default: the null model.

        Returns
        -------
        Solution
            Also if it did not converge: see its ``status``.
        """
