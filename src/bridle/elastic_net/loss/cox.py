r"""Cox loss: the negative log partial likelihood of survival times.

Rows belong together: each event is compared with the rows that are at risk at its time. So the loss is
bound to the rows of one data set, and a subset of them is a weight vector.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.loss.base import JoinedLoss
from bridle.elastic_net.loss.risk_sets import RiskSets, RiskSums
from bridle.types import Array

__all__ = ["Cox"]


class Cox(JoinedLoss):
    r"""Negative log partial likelihood, ``sum_i w_i (log sum_{j at risk} w_j exp(eta_j) - eta_i)``.

    The outer sum is over the rows with an event. Ties are treated by Breslow's or Efron's method;
    `bridle.elastic_net.loss.risk_sets` has the formulas. Weights multiply a row's event and its risk,
    as in R's ``survival``.

    Parameters
    ----------
    stop : ndarray of shape (n,)
        Time of the event or of censoring.
    event : ndarray of shape (n,), bool
        Whether the event was seen.
    start : ndarray of shape (n,), optional
        Time from which a row is at risk, below ``stop``. Default: always.
    strata : ndarray of shape (n,), int, optional
        Rows are compared within their stratum only. Default: one stratum.
    efron : bool
        Whether ties are treated by Efron's method. Default True.
    """

    name = "cox"
    smoothness = np.inf
    is_quadratic = False
    is_shift_invariant = False
    perfect_fit = "order the events"
    largest_shift = 0.0

    def __init__(
        self,
        stop: Array,
        event: npt.NDArray[np.bool_],
        start: Array | None = None,
        strata: npt.NDArray[np.intp] | None = None,
        *,
        efron: bool = True,
    ) -> None:
        self.stop, self.event, self.start, self.strata = stop, event, start, strata
        self.efron = efron

    @cached_property
    def sets(self) -> tuple[RiskSets, ...]:
        """The risk sets of each stratum that has an event."""
        n = self.stop.size
        groups = [np.arange(n)]
        if self.strata is not None:
            order = np.argsort(self.strata, kind="stable")
            groups = np.split(order, np.flatnonzero(np.diff(self.strata[order])) + 1)
        used = [rows for rows in groups if self.event[rows].any()]
        return tuple(RiskSets.of(rows, self.start, self.stop, self.event) for rows in used)

    def sums(self, eta: Array, weights: Array) -> list[RiskSums]:
        """Return the sums over risk sets at one linear predictor, (n,), in each stratum."""
        return [stratum.sums(eta, weights, efron=self.efron) for stratum in self.sets]

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the value at each column of eta, shape (m,); ``y`` is not read."""
        return np.array(
            [sum(stratum.value() for stratum in self.sums(column, weights)) for column in eta.T]
        )

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return each row's expected minus observed events, ``w_j (exp(eta_j) A_j - [event])``.

        A_j is the sum over the terms at which row j is at risk of ``m / (S - f S_D)``, as in
        `bridle.elastic_net.loss.risk_sets`.
        """
        return self._by_row([stratum.gradient() for stratum in self.sums(eta[:, 0], weights)])

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the diagonal of the Hessian, shape (n, 1); `hessian` has the entries off it."""
        return self._by_row([stratum.curvature() for stratum in self.sums(eta[:, 0], weights)])

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the diagonal of the Hessian, shape (n, 1, 1)."""
        return self.diagonal_curvature(eta, y, weights)[:, :, None]

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the expected events of each row: a diagonal that majorises the Hessian at eta."""
        return self._by_row([stratum.shares_at_risk for stratum in self.sums(eta[:, 0], weights)])

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return the weight of the events over that of all rows."""
        seen = float(weights[self.event].sum())
        return max(seen / float(weights.sum()), np.finfo(float).tiny)

    def hessian(self, eta: Array, weights: Array, columns: Array) -> Array:
        """Return ``X' H X``, (m, m), with the whole Hessian H, for columns X, (n, m)."""
        found = np.zeros((columns.shape[1], columns.shape[1]))
        for stratum in self.sums(eta[:, 0], weights):
            found += stratum.hessian(columns[stratum.sets.rows])
        return found

    def scaled_conjugate(self, scale: float, eta: Array, weights: Array) -> float:
        """Return an upper bound on the conjugate at ``scale`` times the gradient at eta.

        It is exact at scale 1; see `RiskSums.entropy`. ``scale`` lies in [0, 1].
        """
        return sum(stratum.entropy(scale) for stratum in self.sums(eta[:, 0], weights))

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return an upper bound on the conjugate at 0, and inf elsewhere, where no bound is known.

        `scaled_conjugate` has the bound at gradients, which certificates use.
        """
        at_zero = sum(stratum.entropy(0.0) for stratum in self.sums(np.zeros(len(dual)), weights))
        return np.where(np.any(dual != 0, axis=0), np.inf, at_zero)

    def divergence(self, size: Array) -> Array:
        """Return inf: no bound in terms of the diagonal is known."""
        return np.where(size > 0, np.inf, 0.0)

    def inverse_link(self, eta: Array) -> Array:
        """Return eta, the log of the risk relative to that of a row of zeros."""
        return eta

    def link(self, mean: Array) -> Array:
        """Return the log of the relative risk."""
        return mean

    def without_rows(self) -> Cox:
        """Return the loss of no rows, with the same ties."""
        return Cox(np.empty(0), np.empty(0, dtype=bool), efron=self.efron)

    def _by_row(self, parts: list[Array]) -> Array:
        found = np.zeros((self.stop.size, 1))
        for sets, part in zip(self.sets, parts, strict=True):
            found[sets.rows, 0] = part
        return found
