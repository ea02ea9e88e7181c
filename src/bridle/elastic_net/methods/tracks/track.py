"""Track of one problem along a path: the fits accepted so far, and the strengths that are left."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, field

import numpy as np

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.types import Array, IntArray

__all__ = ["Track"]


@dataclass(kw_only=True)
class Track(ABC):
    """Accepted fits of one problem.

    Attributes
    ----------
    problem : Problem
    strengths : ndarray of shape (S,)
        Decreasing.
    l1_ratio : float
    settings : CoordinateDescent
        Only ``tol`` and ``max_iter`` are used.
    coefs : list of ndarray
        Accepted coefficients, each on the features that the track had at the time.
    intercepts, certificates, statuses, iterations : list
        Of the accepted fits.
    rounds : int
        Rounds since the last accepted fit.
    """

    problem: Problem
    strengths: Array
    l1_ratio: float
    settings: CoordinateDescent
    coefs: list[Array] = field(default_factory=list)
    intercepts: list[float | Array] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    rounds: int = 0

    @property
    def size(self) -> int:
        """Numbers in X, times outputs."""
        n, p = self.problem.design.shape
        return n * p * self.problem.n_outputs

    @property
    def position(self) -> int:
        """Number of accepted fits."""
        return len(self.coefs)

    @property
    def done(self) -> bool:
        """Whether all fits are accepted."""
        return self.position == self.strengths.size

    def take(self, coef: Array, intercept: float | Array, certificate: Certificate) -> None:
        """Accept a fit at the next strength."""
        self.coefs.append(coef)
        self.intercepts.append(intercept)
        self.certificates.append(certificate)
        self.statuses.append(Status.of(certificate, self.settings.tol))
        self.iterations.append(max(self.rounds, 1))
        self.rounds = 0

    def path_on(self, features: IntArray, seconds: float, method: str) -> SolvedPath:
        """Return the accepted fits; ``features`` are the features of the track, in order of entry."""
        p = self.problem.design.shape[1]
        return SolvedPath(
            coefs=Coefficients.of_rows(self.coefs, features, p),
            intercepts=np.array(self.intercepts).reshape(len(self.intercepts), -1),
            certificates=tuple(self.certificates),
            statuses=tuple(self.statuses),
            iterations=np.array(self.iterations, dtype=np.int64),
            seconds=seconds,
            method=method,
        )
