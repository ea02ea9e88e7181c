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
_MUCH = 0.1


@dataclass
class Progress:
    """Decision whether a solver continues, from the certificates of its iterations.

    It stops after 20 iterations in which neither the excess over the tolerance (`Certificate.excess`)
    has fallen by 1 % nor the objective by 0.1 % of the gap: only rounding is left. If the excess is 100
    or more, it stops after 8: at 1 % in 8 iterations, a thousand more would not suffice.

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
    idle: int = 0
    over: bool = False

    def note(self, iteration: int, certificate: Certificate) -> None:
        """Note the certificate before an iteration; sets ``over`` if no more are worthwhile."""
        self.excess = min(self.excess, certificate.excess(self.tol))
        self._count_idle(certificate)
        if self.excess > 1 and self.idle >= (_MOST_IDLE if self.excess < _FAR else _MOST_IDLE_FAR):
            self.over = True
        if iteration % _WINDOW:
            return
        if iteration and not self._worthwhile(iteration, certificate):
            self.over = True
        self.objective, self.before = certificate.objective, self.excess

    def _count_idle(self, certificate: Certificate) -> None:
        self.idle += 1
        if self.excess < _LESS * self.least:
            self.least, self.idle = self.excess, 0
        # From an infinite gap it is unknown how far the objective may still fall.
        gap = certificate.gap if np.isfinite(certificate.gap) else abs(certificate.objective)
        if certificate.objective < self.lowest - _LITTLE * max(gap, self.allowed):
            self.lowest, self.idle = certificate.objective, 0

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
