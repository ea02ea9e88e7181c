"""Track of one problem in a lockstep: what it tries next on its working set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle import _core
from bridle.elastic_net.certificate import Certificate, kkt_limit
from bridle.elastic_net.methods.polish import polish, wants_all_digits
from bridle.elastic_net.methods.track import Track
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.working_set.attempt import GAIN_SHARE, VIOLATION_SHARE, Attempt, Start
from bridle.elastic_net.working_set.working_set import WorkingSet
from bridle.types import Array

__all__ = ["Window", "WorkingTrack"]


# Strengths that are tried at once, and how far the screening looks ahead.
_AHEAD = 10
# The gap of a working set, as a share of the tolerance, and by which each attempt is asked for more.
_GAP_SHARE = 5e-3
_TIGHTER = 1e-2
# Attempts, and rounds in which features join, before a strength is taken as it is.
_MOST_ATTEMPTS = 6
_MOST_ROUNDS = 100


@dataclass(frozen=True)
class Window:
    """The strengths that one problem tries in a round, and where that led.

    Attributes
    ----------
    strengths, l1 : ndarray of shape (m,)
    attempt : Attempt
    ahead, distance : float
        The l1 strength to look ahead to, and how far that is; see `_core.screen`.
    """

    strengths: Array
    l1: Array
    attempt: Attempt
    ahead: float
    distance: float


@dataclass(kw_only=True)
class WorkingTrack(Track):
    """How far one problem has come on a working set, to which features join.

    ``attempts`` counts the rounds that failed for want of precision rather than of features.
    """

    working: WorkingSet
    tried: Attempt | None = None
    attempts: int = 0

    def look_ahead(self) -> Window:
        """Solve the next strengths on the working set."""
        position, solved = self.position, min(self.position, 2)
        # Before any feature has joined there is nothing to solve, only slopes to be looked at.
        count = _AHEAD if self.working.size else 1
        strengths = self.strengths[position - solved : position + count]
        attempt = self.working.solve(
            self.l1_ratio * strengths,
            (1 - self.l1_ratio) * strengths,
            self._start(solved),
            self._precision(),
        )
        strengths = strengths[solved:]
        problem = self.problem
        if wants_all_digits(problem, self.settings):
            attempt = polish(problem, strengths, self.l1_ratio, self.working.features, attempt)
        ahead, distance = self._forecast(position + strengths.size - 1)
        return Window(
            strengths,
            self.l1_ratio * strengths,
            attempt,
            self.l1_ratio * ahead,
            distance,
        )

    @property
    def _gives_up(self) -> bool:
        most = min(_MOST_ATTEMPTS, self.settings.max_iter - 1)
        return self.attempts > most or self.rounds > _MOST_ROUNDS

    def _start(self, solved: int) -> Start:
        begin = self.position - solved
        coef, intercept = self.coefs[begin:], self.intercepts[begin:]
        if self.tried is not None:
            coef, intercept = [*coef, *self.tried.coef], [*intercept, *self.tried.intercept]
        return Start(tuple(coef), np.array(intercept), solved)

    def _precision(self) -> _core.Precision:
        half = self.problem.null.half_deviance
        share = _TIGHTER**self.attempts * half
        tol = self.settings.tol * share
        violation = VIOLATION_SHARE * kkt_limit(self.settings.tol)
        return _core.Precision(
            _GAP_SHARE * tol, GAIN_SHARE * tol, violation, self.settings.max_iter
        )

    def _forecast(self, last: int) -> tuple[float, float]:
        """Return the strength to look ahead to from index ``last``, and how far it is."""
        there = self.strengths[min(last + _AHEAD, self.strengths.size - 1)]
        here = self.strengths[last]
        before = self.strengths[last - 1] if last > 0 else here
        if self.working.size == 0 or before <= here:
            return float(there), 0.0
        return float(there), float((here - there) / (before - here))

    def accept(self, window: Window, certificates: list[Certificate], worst: Array) -> None:
        """Accept strengths up to the first whose certificate falls short."""
        self.rounds += 1
        taken = 0
        for k, certificate in enumerate(certificates):
            if Status.of(certificate, self.settings.tol) is Status.STOPPED:
                self.attempts += bool(worst[k] <= 1)
                if not self._gives_up:
                    break
            self.take(window.attempt.coef[k], float(window.attempt.intercept[k]), certificate)
            self.attempts = 0
            taken += 1
        self.tried = window.attempt.after(taken)
