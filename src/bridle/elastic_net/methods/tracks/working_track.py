"""Track of one problem in a lockstep: the strengths that it tries next on its working set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle import _core
from bridle.elastic_net.methods.tracks.polish import polish, wants_all_digits
from bridle.elastic_net.methods.tracks.track import Track
from bridle.elastic_net.optimality.certificate import Certificate, kkt_limit
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.working_set.attempt import GAIN_SHARE, VIOLATION_SHARE, Attempt, Start
from bridle.elastic_net.working_set.working_set import WorkingSet
from bridle.types import Array

__all__ = ["Window", "WorkingTrack"]


# Strengths that are tried at once, and the distance of the forecast in the screening.
_AHEAD = 10
# Most linear predictors of a problem, 16 MB: 3 strengths of 60,000 rows with 10 classes.
_NUMBERS_AHEAD = 2_000_000
# Gap of a working set, as a fraction of the tolerance, and the factor by which each attempt tightens it.
# Not tuned: cross-validations of squared and logistic loss on 250 x 600 took 7 and 6 passes over X with
# every share from 0.1 to 5e-4, factor from 0.1 to 1e-3, and most attempts from 3 to 12.
_GAP_SHARE = 5e-3
_TIGHTER = 1e-2
# Most attempts, and most rounds in which features enter, before a fit is accepted unconverged.
_MOST_ATTEMPTS = 6
_MOST_ROUNDS = 100


@dataclass(frozen=True)
class Window:
    """The strengths that one problem tries in a round, with their trial fits.

    Attributes
    ----------
    strengths, l1 : ndarray of shape (m,)
    attempt : Attempt
    ahead : float
        The l1 strength at which features are forecast.
    distance : float
        From the last strength to that one, in steps between the last two strengths.
    """

    strengths: Array
    l1: Array
    attempt: Attempt
    ahead: float
    distance: float


@dataclass(kw_only=True)
class WorkingTrack(Track):
    """Accepted fits of one problem on a growing working set.

    ``attempts`` counts the rounds that failed although no feature was missing, for lack of precision.
    """

    working: WorkingSet
    tried: Attempt | None = None
    attempts: int = 0

    def fit_ahead(self) -> Window:
        """Fit the next strengths on the working set."""
        position, solved = self.position, min(self.position, 2)
        # While the working set is empty there is nothing to fit, only to screen.
        count = self._ahead if self.working.size else 1
        strengths = self.strengths[position - solved : position + count]
        attempt = self.working.solve(
            self.l1_ratio * strengths,
            (1 - self.l1_ratio) * strengths,
            self._start(solved),
            self._precision(),
        )
        strengths = strengths[solved:]
        problem = self.problem
        # The coefficients of tied outputs have no fixed signs.
        if not problem.is_tied and wants_all_digits(self.size, self.settings):
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
    def _ahead(self) -> int:
        """Number of strengths that are tried at once."""
        return min(_AHEAD, max(1, _NUMBERS_AHEAD // self.problem.y.size))

    def _level(self, intercept: Array) -> Array:
        """Return an intercept, centred if common shifts do not change the loss."""
        return intercept - intercept.mean() if self.problem.loss.is_shift_invariant else intercept

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
        """Return the strength of the forecast from index ``last``, and its distance in steps."""
        there = self.strengths[min(last + self._ahead, self.strengths.size - 1)]
        here = self.strengths[last]
        before = self.strengths[last - 1] if last > 0 else here
        if self.working.size == 0 or before <= here:
            return float(there), 0.0
        return float(there), float((here - there) / (before - here))

    def accept(self, window: Window, certificates: list[Certificate], worst: Array) -> None:
        """Accept fits before the first whose certificate misses the tolerance."""
        self.rounds += 1
        taken = 0
        for k, certificate in enumerate(certificates):
            if Status.of(certificate, self.settings.tol) is Status.STOPPED:
                self.attempts += bool(worst[k] <= 1)
                if not self._gives_up:
                    break
            self.take(window.attempt.coef[k], self._level(window.attempt.intercept[k]), certificate)
            self.attempts = 0
            taken += 1
        self.tried = window.attempt.after(taken)
