"""Track of one problem along the strengths of a path: what is accepted so far, and what is left."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, field

import numpy as np

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.types import Array, IntArray

__all__ = ["Track"]


@dataclass(kw_only=True)
class Track(ABC):
    """How far one problem has come.

    Attributes
    ----------
    problem : Problem
    strengths : ndarray of shape (S,)
    l1_ratio : float
    settings : CoordinateDescent
    coefs : list of ndarray
        Accepted coefficients, those of each strength on the features of the track by then.
    intercepts, certificates, statuses, iterations : list
        What goes with them.
    rounds : int
        Those that began with the strength that is next.
    """

    problem: Problem
    strengths: Array
    l1_ratio: float
    settings: CoordinateDescent
    coefs: list[Array] = field(default_factory=list)
    intercepts: list[float] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    rounds: int = 0

    @property
    def position(self) -> int:
        """Number of strengths that are done."""
        return len(self.coefs)

    @property
    def done(self) -> bool:
        """Whether all strengths are."""
        return self.position == self.strengths.size

    def take(self, coef: Array, intercept: float, certificate: Certificate) -> None:
        """Accept a solution at the strength that is next."""
        self.coefs.append(coef)
        self.intercepts.append(intercept)
        self.certificates.append(certificate)
        self.statuses.append(Status.of(certificate, self.settings.tol))
        self.iterations.append(max(self.rounds, 1))
        self.rounds = 0

    def path_on(self, features: IntArray, seconds: float, method: str) -> SolvedPath:
        """Return the accepted solutions, whose coefficients are those of the first features."""
        p = self.problem.design.shape[1]
        return SolvedPath(
            coefs=Coefficients.of_rows(self.coefs, features, p),
            intercepts=np.array(self.intercepts)[:, None],
            certificates=tuple(self.certificates),
            statuses=tuple(self.statuses),
            iterations=np.array(self.iterations, dtype=np.int64),
            seconds=seconds,
            method=method,
        )
