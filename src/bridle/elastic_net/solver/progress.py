"""Progress of a fit: whether further iterations are likely to help."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.optimality.certificate import Certificate

__all__ = ["Progress"]

# Iterations between two judgements of the progress: single ones vary.
_WINDOW = 30
# The fractions and numbers of `Progress`, in the order of its text.
_MOST_IDLE = 20
_LESS = 0.99
_FAR = 100
_MOST_IDLE_FAR = 8
_LITTLE = 1e-3
_LITTLE_FAR = 1e-2
_HALF = 0.5
_MOST_RESTS = 8
_ROUNDING = 4 * np.finfo(float).eps
_MUCH = 0.1


@dataclass
class Progress:
    """Decision whether a solver continues, from the certificates of its iterations.

    It stops after 20 iterations in which neither the excess over the tolerance (`Certificate.excess`)
    has fallen by 1 % nor the objective by 0.1 % of the gap: only rounding is left. If the excess is 100
    or more, it stops after 8, in which the objective must fall by 1 % of the gap: at 1 % in 8
    iterations, a thousand more would not suffice. Where the objective rests, up to rounding, it stops
    after 8 iterations in which the excess did not fall either, and only an excess that has halved since
    counts as progress: of a gap that is rounding, the smallest so far falls now and then.

    After each window of 30 iterations it continues if the excess, falling at the rate of the last
    window, would meet the tolerance by ``max_iter``, or if the objective has fallen by 10 % of the gap.
    The latter can happen only ten times, since the objective cannot fall by more than the gap. Once the
    tolerance is met, one more window may reach ``kkt_tol``.

    Attributes
    ----------
    tol : float
    max_iter : int
    allowed : float
        Gap that the tolerance allows.
    objective, before : float
        Objective and excess at the last window.
    excess, least : float
        Smallest excess, and the one that last reset ``idle``.
    falls : int
        Windows that went on because the objective fell.
    lowest : float
        Objective that last reset ``idle``.
    resting : float
        Lowest objective before the current rest.
    rests : int
        Iterations since then in which the excess did not fall either.
    idle : int
        Iterations since the excess or the objective last fell by so much.
    over : bool
    """

    tol: float
    max_iter: int
    allowed: float
    objective: float = np.inf
    before: float = np.inf
    excess: float = np.inf
    falls: int = 0
    lowest: float = np.inf
    least: float = np.inf
    resting: float = np.inf
    rests: int = 0
    idle: int = 0
    over: bool = False

    def note(self, iteration: int, certificate: Certificate) -> None:
        """Note the certificate before an iteration; sets ``over`` if no more are worthwhile."""
        excess = certificate.excess(self.tol)
        lower = excess < self.excess
        self.excess = min(self.excess, excess)
        self._count_idle(certificate, lower)
        most = _MOST_IDLE if self.excess < _FAR else _MOST_IDLE_FAR
        if self.excess > 1 and (self.idle >= most or self.rests >= _MOST_RESTS):
            self.over = True
        if iteration % _WINDOW:
            return
        if iteration and not self._worthwhile(iteration, certificate):
            self.over = True
        self.objective, self.before = certificate.objective, self.excess

    def _count_idle(self, certificate: Certificate, lower: bool) -> None:
        self.idle += 1
        self.rests += not lower
        objective, far = certificate.objective, self.excess >= _FAR
        if objective < self.resting - _ROUNDING * max(abs(objective), self.allowed / self.tol):
            self.resting, self.rests = objective, 0
        if self.excess < (_HALF if self.rests else _LESS) * self.least:
            self.least, self.idle = self.excess, 0
        # From an infinite gap it is unknown how far the objective may still fall.
        gap = certificate.gap if np.isfinite(certificate.gap) else abs(objective)
        little = _LITTLE_FAR if far else _LITTLE
        if objective < self.lowest - little * max(gap, self.allowed):
            self.lowest, self.idle = objective, 0

    def _worthwhile(self, iteration: int, certificate: Certificate) -> bool:
        if self.excess <= 1:
            return False
        windows = (self.max_iter - iteration) / _WINDOW
        rate = self.excess / self.before if np.isfinite(self.before) else 0.0
        if self.excess * rate**windows <= 1:
            return True
        self.falls += 1
        fallen = self.objective - certificate.objective
        return self.falls * _MUCH <= 1 and fallen > _MUCH * max(certificate.gap, self.allowed)
