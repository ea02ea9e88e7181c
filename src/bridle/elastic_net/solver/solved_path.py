"""What a solver returns for a grid of strengths."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.solver.base import Status

__all__ = ["SolvedPath", "sparse_columns"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SolvedPath:
    """The solutions of one problem at S strengths, in the order of the strengths.

    Attributes
    ----------
    coefs : tuple of S csc_array of shape (p, outputs)
        On the scale of the problem's design.
    intercepts : ndarray of shape (S, outputs)
    certificates : tuple of S Certificate
    statuses : tuple of S Status
    iterations : ndarray of shape (S,)
        Outer iterations of the solver, or rounds of the lockstep; at least 1.
    seconds : float
    on_design : bool
        Whether the certificates come from X itself; else from its moments, with a bound of their
        rounding. Default True.
    """

    coefs: tuple[sparse.csc_array, ...]
    intercepts: Array
    certificates: tuple[Certificate, ...]
    statuses: tuple[Status, ...]
    iterations: npt.NDArray[np.int64]
    seconds: float
    on_design: bool = True

    def reordered(self, order: npt.NDArray[np.intp]) -> Self:
        """Return the same solutions in another order of the strengths."""
        return replace(
            self,
            coefs=tuple(self.coefs[k] for k in order),
            intercepts=self.intercepts[order],
            certificates=tuple(self.certificates[k] for k in order),
            statuses=tuple(self.statuses[k] for k in order),
            iterations=self.iterations[order],
        )


def sparse_columns(
    coefs: Iterable[Array], features: npt.NDArray[np.int64], p: int
) -> tuple[sparse.csc_array, ...]:
    """Return dense coefficients of some features, each of shape (size,), as columns (p, 1)."""
    order = np.argsort(features)
    rows = features[order]
    empty = sparse.csc_array((p, 1))

    def column(coef: Array) -> sparse.csc_array:
        ordered = coef[order]
        used = np.flatnonzero(ordered)
        # SciPy looks at three arrays for longer than they take to make: a copy takes them as they are.
        one = copy(empty)
        one.data, one.indices, one.indptr = ordered[used], rows[used], np.array([0, used.size])  # type: ignore[assignment]
        return one

    return tuple(column(one) for one in coefs)
