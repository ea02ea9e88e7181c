"""How far one problem of a lockstep has come, and what it tries next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.solved_path import SolvedPath

__all__ = ["Track", "Window"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


@dataclass
class Track:
    """How far one problem has come: accepted solutions on the working set as it was then.

    ``rounds`` counts those that began with the strength that is next, ``attempts`` those among them
    that failed for want of precision rather than of features.
    """

    problem: Problem
    group: int
    strengths: Array
    start: Array
    coefs: list[Array] = field(default_factory=list)
    intercepts: list[float] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    rounds: int = 0
    attempts: int = 0

    @property
    def position(self) -> int:
        """Number of strengths that are done."""
        return len(self.coefs)

    def solved(self, features: Index, seconds: float) -> SolvedPath:
        """Return the accepted solutions; features are those of the working set, in its order."""
        p = self.problem.design.shape[1]
        return SolvedPath(
            coefs=tuple(_column(coef, features, p) for coef in self.coefs),
            intercepts=np.array(self.intercepts)[:, None],
            certificates=tuple(self.certificates),
            statuses=tuple(self.statuses),
            iterations=np.array(self.iterations, dtype=np.int64),
            seconds=seconds,
        )


def _column(coef: Array, features: Index, p: int) -> sparse.csc_array:
    used = np.flatnonzero(coef)
    order = used[np.argsort(features[used])]
    rows = features[order]
    return sparse.csc_array((coef[order], (rows, np.zeros_like(rows))), shape=(p, 1))


@dataclass(frozen=True)
class Window:
    """The strengths that one problem tries in a round, and where that led.

    Attributes
    ----------
    track : Track
    l1, l2 : ndarray of shape (m,)
    coef : ndarray of shape (m, size)
        On the scale of the problem's design.
    residual : ndarray of shape (n, m)
    intercept : ndarray of shape (m,)
    """

    track: Track
    l1: Array
    l2: Array
    coef: Array
    residual: Array
    intercept: Array
