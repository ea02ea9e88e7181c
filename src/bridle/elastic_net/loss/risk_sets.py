r"""Risk sets of one stratum, and the sums over them that the Cox partial likelihood needs.

At an event time t the risk set R is the rows with ``start < t <= stop``, and D the rows whose event is
at t. With ``r_j = w_j exp(eta_j)``, the loss has one term for each event time (Breslow), or for each of
the d events at it (Efron),

``m log(S - f S_D)``, ``S = sum_R r``, ``S_D = sum_D r``,

with f = 0 and m the weight of D (Breslow), or f = 0, 1/d, …, (d - 1)/d and m the weight over d (Efron).
Rows are sorted by time once; all sums are prefix sums.

Sources: Breslow (1974), "Covariance analysis of censored survival data"; Efron (1977), "The efficiency
of Cox's likelihood function for censored data".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from bridle.types import Array, Index

__all__ = ["RiskSets", "RiskSums"]

# Numbers that are held together: 8 MB an array. Not tuned.
_PAIRS_AT_ONCE = 1_000_000
# exp(700) is finite; a row of weight 0 may have any linear predictor.
_FARTHEST = 700.0
# Smaller sums have lost digits: subnormal numbers begin at 2e-308.
_SMALLEST = 1e-290


@dataclass(frozen=True, eq=False)
class RiskSets:
    """The rows of one stratum, sorted by time.

    Attributes
    ----------
    rows : ndarray of shape (n,)
        Positions in the data, from the last stop to the first.
    by_start : ndarray of shape (n,)
        Positions in ``rows`` from the last start to the first; empty if all rows begin at risk.
    reached : ndarray of shape (T,)
        For each event time, from the last to the first, how many of ``rows`` stop at it or later.
    late : ndarray of shape (T,)
        How many of ``by_start`` start at it or later.
    from_time, to_time : ndarray of shape (n,)
        The event times ``from_time <= k < to_time`` at which each of ``rows`` is at risk.
    events : ndarray
        Positions in ``rows`` of events, from the last to the first.
    time_of_event : ndarray
        For each event, the number of its time, in [0, T).
    times : ndarray of shape (T,)
        The event times, from the last to the first.
    """

    rows: Index
    by_start: Index
    reached: Index
    late: Index
    from_time: Index
    to_time: Index
    events: Index
    time_of_event: Index
    times: Array

    @classmethod
    def of(
        cls, rows: Index, start: Array | None, stop: Array, event: npt.NDArray[np.bool_]
    ) -> RiskSets:
        """Sort some rows of the data, given times and events of all of them."""
        rows = rows[np.argsort(-stop[rows], kind="stable")]
        end, seen = stop[rows], event[rows]
        events = np.flatnonzero(seen)
        times, time_of_event = np.unique(-end[events], return_inverse=True)
        times = -times
        ascending, count = times[::-1], times.size
        from_time = count - np.searchsorted(ascending, end, side="right")
        to_time = np.full(rows.size, count)
        by_start, late = np.empty(0, dtype=np.intp), np.zeros(count, dtype=np.intp)
        if start is not None:
            begin = start[rows]
            to_time = count - np.searchsorted(ascending, begin, side="right")
            by_start = np.argsort(-begin, kind="stable")
            late = np.searchsorted(-begin[by_start], -times, side="right")
        reached = np.searchsorted(-end, -times, side="right")
        return cls(rows, by_start, reached, late, from_time, to_time, events, time_of_event, times)

    def sums(self, eta: Array, weights: Array, *, efron: bool) -> RiskSums:
        """Return the sums at a linear predictor and weights of all rows, each of shape (N,)."""
        return RiskSums(self, eta[self.rows], weights[self.rows], efron)

    def at_risk(self, values: Array) -> Array:
        """Return the sum of values over each risk set, (T,) or (T, m), given those of ``rows``."""
        if not self.times.size:
            return np.zeros((0, *values.shape[1:]))
        total = np.cumsum(values, axis=0)[self.reached - 1]
        if not self.by_start.size:
            return np.asarray(total)
        late = np.cumsum(values[self.by_start], axis=0)
        none = np.zeros((1, *values.shape[1:]))
        return np.asarray(total - np.concatenate([none, late])[self.late])

    def over_events(self, values: Array) -> Array:
        """Return the sum of values over the events at each time, given those of ``events``."""
        if values.ndim == 1:
            found = np.bincount(self.time_of_event, values, minlength=self.times.size)
            return found.astype(np.float64, copy=False)
        first = np.searchsorted(self.time_of_event, np.arange(self.times.size))
        return np.add.reduceat(values, first, axis=0) if self.times.size else values[:0]

    def while_at_risk(self, values: Array) -> Array:
        """Return for each of ``rows`` the sum of values (T,) over the times at which it is at risk."""
        from_first = np.concatenate([np.cumsum(values[::-1])[::-1], [0.0]])
        if not self.by_start.size:
            return np.asarray(from_first[self.from_time])
        return np.asarray(from_first[self.from_time] - from_first[self.to_time])


@dataclass(frozen=True, eq=False)
class RiskSums:
    """Sums over the risk sets of a stratum, at one linear predictor.

    Attributes
    ----------
    sets : RiskSets
    eta, weights : ndarray of shape (n,)
        Of the rows of the stratum, in the order of ``sets.rows``.
    efron : bool
        Whether ties are treated by Efron's method, else by Breslow's.
    """

    sets: RiskSets
    eta: Array
    weights: Array
    efron: bool

    @cached_property
    def shift(self) -> float:
        """Largest linear predictor of a row of positive weight, subtracted before exp."""
        used = self.eta[self.weights > 0]
        return float(used.max()) if used.size else 0.0

    @cached_property
    def risks(self) -> Array:
        """Return ``r_j exp(-shift)`` of each row."""
        return np.asarray(self.weights * np.exp(np.minimum(self.eta - self.shift, _FARTHEST)))

    @cached_property
    def event_weights(self) -> Array:
        """Weights of the events."""
        return self.weights[self.sets.events]

    @cached_property
    def of_events(self) -> Array:
        """Return ``S_D`` of each time."""
        return self.sets.over_events(self.risks[self.sets.events])

    @cached_property
    def of_sets(self) -> Array:
        """Return ``S`` of each time, at least ``S_D``."""
        return np.maximum(self.sets.at_risk(self.risks), self.of_events)

    @cached_property
    def masses(self) -> Array:
        """Weight of D at each time."""
        return self.sets.over_events(self.event_weights)

    @cached_property
    def tied(self) -> npt.NDArray[np.intp]:
        """Number of terms at each time: 1, or with Efron's ties the events of positive weight."""
        if not self.efron:
            return (self.masses > 0).astype(np.intp)
        counted = (self.event_weights > 0).astype(np.float64)
        return self.sets.over_events(counted).astype(np.intp)

    @cached_property
    def time_of_term(self) -> npt.NDArray[np.intp]:
        """The event time of each term."""
        return np.repeat(np.arange(self.tied.size), self.tied)

    @cached_property
    def fractions(self) -> Array:
        """The f of each term."""
        first = np.cumsum(self.tied) - self.tied
        number = np.arange(self.time_of_term.size) - first[self.time_of_term]
        return np.asarray(number / self.tied[self.time_of_term])

    @cached_property
    def shares(self) -> Array:
        """The m of each term."""
        return np.asarray((self.masses / np.maximum(self.tied, 1))[self.time_of_term])

    @cached_property
    def totals(self) -> Array:
        """Return ``S - f S_D`` of each term."""
        k = self.time_of_term
        return np.asarray(self.of_sets[k] - self.fractions * self.of_events[k])

    def value(self) -> float:
        """Return ``sum m log(S - f S_D) - sum_D w eta``; inf if a sum underflows."""
        if np.any(self.totals < _SMALLEST):
            return np.inf
        level = float(self.shares @ np.log(self.totals)) + self.shift * float(self.masses.sum())
        return level - float(self.event_weights @ self.eta[self.sets.events])

    def _over_terms(self, power: int, of_fraction: Array | float = 1.0) -> Array:
        """Return ``sum m q(f) / (S - f S_D)^power`` over the terms of each time."""
        each = self.shares * of_fraction / self.totals**power
        found = np.bincount(self.time_of_term, each, minlength=self.tied.size)
        return found.astype(np.float64, copy=False)

    @cached_property
    def hazards(self) -> Array:
        """Increment of the cumulative hazard at each time, for a linear predictor of ``shift``."""
        return self._over_terms(1)

    @cached_property
    def shares_at_risk(self) -> Array:
        """Expected weight of events of each row, ``sum_terms m pi_j``."""
        sets = self.sets
        exposure = sets.while_at_risk(self.hazards)
        if self.efron:
            less = self._over_terms(1, self.fractions)
            exposure[sets.events] -= less[sets.time_of_event]
        return np.asarray(self.risks * exposure)

    def gradient(self) -> Array:
        """Return the gradient of each row, ``sum_terms m pi_j - w_j [event]``."""
        found = self.shares_at_risk.copy()
        found[self.sets.events] -= self.event_weights
        return found

    def curvature(self) -> Array:
        """Return the diagonal of the Hessian, ``sum_terms m pi_j (1 - pi_j)``."""
        sets = self.sets
        squares = sets.while_at_risk(self._over_terms(2))
        if self.efron:
            f = self.fractions
            squares[sets.events] -= self._over_terms(2, f * (2 - f))[sets.time_of_event]
        return np.maximum(self.shares_at_risk - self.risks**2 * squares, 0.0)

    def hessian(self, columns: Array) -> Array:
        """Return ``X' H X`` for columns (n, m) of the rows in the order of the sets."""
        weighted = self.risks[:, None] * columns
        first = columns.T @ (self.shares_at_risk[:, None] * columns)
        k = self.time_of_term
        means = self.sets.at_risk(weighted)[k]
        if self.efron:
            tied = self.sets.over_events(weighted[self.sets.events])
            means -= self.fractions[:, None] * tied[k]
        means *= (np.sqrt(self.shares) / self.totals)[:, None]
        return np.asarray(first - means.T @ means)

    def entropy(self, scale: float) -> float:
        """Return an upper bound on the conjugate at ``scale`` times the gradient.

        The linear predictor enters the loss through ``sum_terms m log sum_j omega_j exp(eta_j)``, with
        omega the weights, those of D times 1 - f. Its conjugate at v is the smallest ``sum_terms m
        sum_j p_j log(p_j / omega_j)`` over probabilities p on the risk sets with ``sum_terms m p = v``.
        Here v is the scaled gradient plus the weights of the events, and ``p = scale pi + (1 - scale)
        e`` is one choice, with e the shares of D. It is exact at scale 1.
        """
        sets, k = self.sets, self.time_of_term
        if scale == 0:
            return self._of_events_alone()
        moments = self.risks * (self.eta - self.shift)
        of_events = sets.over_events(moments[sets.events])
        log_totals = np.log(self.totals)
        mass = np.maximum(self.of_sets - self.of_events, 0.0)[k] / self.totals
        moment = (sets.at_risk(moments) - of_events)[k] / self.totals
        level = scale * (mass * (np.log(scale) - log_totals) + moment)
        return float(self.shares @ level) + self._of_tied(scale, log_totals)

    def _of_events_alone(self) -> float:
        """Return the bound at 0: ``-sum m log(c) - sum m log(1 - f)``, c the weight of D."""
        logs = np.log(np.maximum(self.masses, np.finfo(float).tiny))[self.time_of_term]
        return -float(self.shares @ (logs + np.log1p(-self.fractions)))

    def _of_tied(self, scale: float, log_totals: Array) -> float:
        """Return ``sum m sum_D p log(p / omega)``."""
        total = 0.0
        events, times = self.sets.events, self.sets.time_of_event
        first = np.cumsum(self.tied) - self.tied
        for some in _slices(self.tied[times]):
            number = self.tied[times[some]]
            who = np.repeat(events[some], number)
            begin = np.cumsum(number) - number
            within = np.arange(who.size) - np.repeat(begin, number)
            term = np.repeat(first[times[some]], number) + within
            weight, left = self.weights[who], 1 - self.fractions[term]
            ratio = scale * np.exp(
                np.minimum(self.eta[who] - self.shift, _FARTHEST) - log_totals[term]
            )
            # p / omega, and p itself
            ratio += (1 - scale) / (left * self.masses[self.time_of_term[term]])
            total += float(self.shares[term] @ (weight * left * xlogy(ratio, ratio)))
        return total


def _slices(counts: npt.NDArray[np.intp]) -> Iterator[slice]:
    """Yield slices of items whose counts add up to about a million, or single items."""
    begin, ends = 0, np.cumsum(counts)
    while begin < counts.size:
        before = ends[begin - 1] if begin else 0
        end = int(np.searchsorted(ends, before + _PAIRS_AT_ONCE, side="right"))
        end = max(end, begin + 1)
        yield slice(begin, end)
        begin = end
