"""Solved path: the solutions that a path method returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.solver.base import Status
from bridle.types import Array

__all__ = ["SolvedPath"]


@dataclass(frozen=True)
class SolvedPath:
    """The solutions of one problem at S strengths, in the order of the strengths.

    Attributes
    ----------
    coefs : Coefficients of S solutions
        On the scale of the problem's design.
    intercepts : ndarray of shape (S, outputs)
    certificates : tuple of S Certificate
    statuses : tuple of S Status
    iterations : ndarray of shape (S,)
        Outer iterations of the solver, or rounds of the method; at least 1.
    seconds : float
    method : str
        Name of the `PathMethod`.
    errors : ndarray of shape (S,), optional
        Weighted mean squared error on the fold's test rows, if it came from moments.
    """

    coefs: Coefficients
    intercepts: Array
    certificates: tuple[Certificate, ...]
    statuses: tuple[Status, ...]
    iterations: npt.NDArray[np.int64]
    seconds: float
    method: str
    errors: Array | None = None

    def judged(self, tol: float) -> Self:
        """Return the same solutions with the statuses that they have at another tolerance."""
        statuses = tuple(
            Status.of(certificate, tol)
            if status is Status.CONVERGED or certificate.meets(tol)
            else status
            for status, certificate in zip(self.statuses, self.certificates, strict=True)
        )
        return replace(self, statuses=statuses)

    def reordered(self, order: npt.NDArray[np.intp]) -> Self:
        """Return the same solutions in another order of the strengths."""
        return replace(
            self,
            coefs=self.coefs.taken(order),
            intercepts=self.intercepts[order],
            certificates=tuple(self.certificates[k] for k in order),
            statuses=tuple(self.statuses[k] for k in order),
            iterations=self.iterations[order],
            errors=None if self.errors is None else self.errors[order],
        )

    def losses(self, penalty: ElasticNetPenalty, strengths: Array, l1_ratio: float) -> Array:
        """Return the loss of each solution, shape (S,): its certified objective minus the penalty.

        X is not read.

        Parameters
        ----------
        penalty : ElasticNetPenalty
            Of the problem; its factors are used.
        strengths : ndarray of shape (S,)
        l1_ratio : float
            In [0, 1].
        """
        sizes = self.coefs.row_norms() if penalty.is_tied else self.coefs
        stacked, outputs = sizes.stacked, sizes.outputs
        entries = np.repeat(np.arange(strengths.size), np.diff(stacked.indptr[::outputs]))
        unit = penalty.with_strength(1.0, l1_ratio).restricted(stacked.indices.astype(np.intp))
        penalties = strengths * np.bincount(
            entries, unit.values(stacked.data), minlength=strengths.size
        )
        return np.array([certificate.objective for certificate in self.certificates]) - penalties
