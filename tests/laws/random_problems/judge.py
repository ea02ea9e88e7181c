r"""Judge of solutions to random problems, which shares no code with what it judges.

A problem is restated in units in which every column and the null model's residual have length 1:

``t = (y - o) / c``, ``z_j = (x_j - m_j) / s_j``, ``g_j = b_j s_j / c``,
``l1_j = alpha ratio v_j d_j / (s_j c)``, ``l2_j = alpha (1 - ratio) v_j d_j^2 / s_j^2``,

where m is the weighted mean beside an intercept (else 0), d the weighted standard deviation if the
penalty is to see standardised coefficients (else 1), and c is 1 for classes. All of that is done in
extended precision and range (``longdouble``), in which no product of a few float64 overflows. What
rounding the numbers returned to float64 must cost is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tests.laws.random_problems.minimum import Smooth, minimise
from tests.laws.random_problems.problems import RandomProblem

__all__ = ["Judge", "Verdict"]

Array = npt.NDArray[np.float64]
Long = npt.NDArray[np.longdouble]

_EPS = np.finfo(np.float64).eps
_SUBNORMAL = np.longdouble(np.finfo(np.float64).smallest_subnormal)
# What a violation is measured in where the strength of a feature is less than this share of its length.
_LEAST_STRENGTH = 1e-2
_INTERPOLATED = 1e-6
# From where on a search for something better starts anew, since steps from here may be too short.
_SUSPECT = 1e-5
_SATURATED = 20.0
_LARGEST = 1e300


@dataclass(frozen=True)
class Verdict:
    """How far a solution is from the best.

    Attributes
    ----------
    excess : float
        Objective above the best one found, less what rounding may cost, over half the null deviance.
    kkt : float
        Largest violation of the optimality conditions, less what rounding may cost, over the
        feature's own l1 strength, or over 1e-2 of its correlation with the null model's residual
        if that is more; over all of that correlation where there is no l1 strength.
    feature : int
        Which has that violation; p is the intercept.
    outside : float
        Largest distance outside a bound, relative to the bound; inf for an excluded feature.
    finite : bool
    """

    excess: float
    kkt: float
    feature: int
    outside: float
    finite: bool

    def wrong(self, excess: float = 1e-5, kkt: float = 1e-4) -> str:
        """Return in a word what is wrong, or nothing."""
        if not self.finite:
            return "not finite"
        if self.outside > 1e-14:
            return "outside bounds"
        if self.excess > excess:
            return "objective"
        return "kkt" if self.kkt > kkt else ""


class Judge:
    """A problem restated, which judges any number of solutions to it."""

    def __init__(self, problem: RandomProblem) -> None:
        self.problem = problem
        used = problem.row_weights > 0
        self.X = problem.X[used].astype(np.longdouble)
        self.w = problem.row_weights[used]
        self.y = problem.targets[used].astype(np.longdouble)
        offset = np.zeros_like(self.y)
        self.o = offset if problem.offset is None else problem.offset[used].astype(np.longdouble)
        self.quadratic = problem.loss == "squared"
        self.c = self._unit_of_y() if self.quadratic else np.longdouble(1)
        constant = np.ptp(self.X, axis=0) == 0
        mean = np.where(constant, self.X[0], self.w @ self.X)
        self.m = mean if problem.fit_intercept else np.zeros_like(mean)
        spread = np.sqrt(self.w @ (self.X - mean) ** 2)
        self.d = np.where(constant | (spread == 0), 1, spread)
        if not problem.standardize:
            self.d = np.ones_like(self.d)
        length = np.sqrt(self.w @ (self.X - self.m) ** 2)
        self.s = np.where(length > 0, length, np.maximum(np.abs(self.X).max(axis=0), _SUBNORMAL))
        self.Z = (self.X - self.m) / self.s
        self.t, self.shift = self.y / self.c, self.o / self.c
        self.smooth = Smooth(problem.loss, self.t, self.shift, self.w)
        self.lower = problem.lower * self.s / self.c
        self.upper = problem.upper * self.s / self.c
        self._judge_null()

    def judge(self, alpha: float, coef: Array, intercept: Array) -> Verdict:
        """Judge a solution on the user's scale, coef (p, outputs) and intercept (outputs,)."""
        if not (np.all(np.isfinite(coef)) and np.all(np.isfinite(intercept))):
            return Verdict(np.inf, np.inf, -1, 0.0, False)
        long, level = coef.astype(np.longdouble), intercept.astype(np.longdouble)
        g = long * self.s[:, None] / self.c
        a = (level + self.m @ long) / self.c
        l1, l2 = self.strengths(alpha)
        # The linear predictor as it is for the user, and what float64 cannot resolve of it.
        eta = (self.o + level + self.X @ long) / self.c
        unresolved = np.abs(self.o) + np.abs(level) + np.abs(self.X) @ np.abs(long)
        blur = (4 * _EPS * unresolved + np.abs(self.X).sum(axis=1)[:, None] * _SUBNORMAL) / self.c
        gradient = self.smooth.gradient(eta)
        curved = self.smooth.curvature_bound * self.w[:, None] * blur
        allowed = np.sum(np.abs(gradient) * blur + curved * blur)
        value = self.smooth.value(eta) + _penalty(g, l1, l2)
        kkt, feature = self._violation(g, gradient, curved, l1, l2)
        best = min(value, self._value(l1, l2, self._minimum(l1, l2, (g, a))))
        if kkt > _SUSPECT or np.abs(eta - self.shift).max() > _SATURATED:
            best = min(best, self._value(l1, l2, self._minimum(l1, l2, None)))
        excess = max(float((value - best - allowed) / self.deviance), 0.0)
        return Verdict(excess, kkt, feature, self._outside(coef), True)

    def solution(self, alpha: float) -> tuple[Array, Array] | None:
        """Return own coefficients and intercept on the original scale, where some are known.

        None where own code finds none either, none is a float64, or classes are separated: then no
        solution need exist.
        """
        l1, l2 = self.strengths(alpha)
        g, a = self._minimum(l1, l2, None)
        eta = self.shift + a + self.Z @ g
        gradient = self.smooth.gradient(eta)
        kkt, _ = self._violation(g, gradient, np.zeros_like(gradient), l1, l2)
        separated = not self.quadratic and np.abs(self.Z @ g).max() > _SATURATED
        coef = g * self.c / self.s[:, None]
        level = self.c * a - self.m @ coef
        largest = max(np.abs(coef).max(initial=0), np.abs(level).max(initial=0))
        if kkt > _SUSPECT or separated or largest > _LARGEST:
            return None
        return coef.astype(np.float64), level.astype(np.float64)

    def strengths(self, alpha: float) -> tuple[Long, Long]:
        """Return l1 and l2 of each feature in own units."""
        factors = self.problem.factors.astype(np.longdouble)
        finite = np.where(np.isinf(factors), 0, factors)
        first = np.longdouble(alpha) * np.longdouble(self.problem.l1_ratio) * finite * self.d
        second = (
            np.longdouble(alpha) * (1 - np.longdouble(self.problem.l1_ratio)) * finite * self.d**2
        )
        excluded = np.isinf(factors)
        l1 = np.where(excluded, np.inf, first / self.s / self.c)
        return l1, np.where(excluded, 0, second / self.s**2)

    def overflows(self, alpha: float) -> bool:
        """Whether an l2 strength over the squared length of its column is beyond float64."""
        return bool(np.any(self.strengths(alpha)[1] > np.finfo(np.float64).max))

    def _unit_of_y(self) -> np.longdouble:
        residual = self.y - self.o
        if self.problem.fit_intercept:
            residual = residual - self.w @ residual
        size = np.maximum(np.abs(self.y), np.abs(self.o)).max()
        size = size if size > 0 else np.longdouble(1)
        residual = residual / size
        return size * max(np.sqrt(self.w @ residual[:, 0] ** 2), 64 * np.longdouble(_EPS))

    def _judge_null(self) -> None:
        """Find the deviance and the residual of the null model, which are the units of verdicts."""
        p = self.X.shape[1]
        nothing = np.zeros(p, dtype=np.longdouble)
        shut = np.full(p, np.inf, dtype=np.longdouble)
        g, a = self._minimum(shut, nothing, None)
        eta = self.shift + a + self.Z @ g
        gradient = self.smooth.gradient(eta)
        size = np.sqrt(np.sum(gradient**2 / self.w[:, None]))
        self.residual = max(size, np.longdouble(_EPS))
        deviance = self.smooth.value(eta)
        alone = max(deviance, np.longdouble(_EPS) ** 2)
        free = self.problem.factors == 0
        if free.any():
            g, a = self._minimum(np.where(free, 0, shut), nothing, None)
            deviance = self.smooth.value(self.shift + a + self.Z @ g)
        self.deviance = max(deviance, alone * _INTERPOLATED)

    def _minimum(self, l1: Long, l2: Long, start: tuple[Long, Long] | None) -> tuple[Long, Long]:
        shut = np.isinf(l1.astype(np.float64)) | np.isinf(l2.astype(np.float64))
        return minimise(
            self.smooth,
            self.Z,
            l1=np.where(shut, 0, l1),
            l2=np.where(shut, 0, l2),
            lower=np.where(shut, 0, self.lower),
            upper=np.where(shut, 0, self.upper),
            fit_intercept=self.problem.fit_intercept,
            start=start,
        )

    def _value(self, l1: Long, l2: Long, point: tuple[Long, Long]) -> np.longdouble:
        coef, level = point
        return self.smooth.value(self.shift + level + self.Z @ coef) + _penalty(coef, l1, l2)

    def _violation(
        self, g: Long, gradient: Long, curved: Long, l1: Long, l2: Long
    ) -> tuple[float, int]:
        first, second = l1[:, None], l2[:, None]
        lower, upper = self.lower[:, None], self.upper[:, None]
        slope = -(self.Z.T @ gradient) - second * g
        reach = np.abs(self.Z).T
        blur = reach @ curved + 4 * _EPS * (
            reach @ np.abs(gradient) + np.where(np.isinf(first), 0, first) + second * np.abs(g)
        )
        # What is less than the smallest number of float64 is not the user's to say.
        least = (_SUBNORMAL * self.d / self.s)[:, None]
        blur += least / self.c + least * (self.d / self.s)[:, None] * np.abs(g)
        blur += second * (_SUBNORMAL * self.s / self.c)[:, None]
        near = 1e-14
        up = np.where(g >= 0, slope - first, slope + first)
        down = np.where(g > 0, slope - first, slope + first)
        pull_up = np.where(g >= upper - near * np.abs(upper), 0, np.maximum(up, 0))
        pull_down = np.where(g <= lower + near * np.abs(lower), 0, np.maximum(-down, 0))
        pull = np.maximum(np.maximum(pull_up, pull_down) - blur, 0)
        # Without an l1 strength there is nothing but the largest slope to count in.
        least = np.where(first > 0, _LEAST_STRENGTH, 1.0) * self.residual
        unit = np.maximum(first, least)
        ratio = np.where(np.isinf(first), 0, pull / unit).max(axis=1, initial=0)
        if self.problem.fit_intercept:
            sums = np.abs(gradient.sum(axis=0)) - curved.sum(axis=0)
            sums -= 4 * _EPS * np.abs(gradient).sum(axis=0)
            ratio = np.append(ratio, max(sums.max(), 0) / (_LEAST_STRENGTH * self.residual))
        worst = int(np.argmax(ratio))
        return float(ratio[worst]), worst

    def _outside(self, coef: Array) -> float:
        lower, upper = self.problem.lower[:, None], self.problem.upper[:, None]
        if np.any(coef[np.isinf(self.problem.factors)] != 0):
            return np.inf
        beyond = np.maximum(np.maximum(lower - coef, coef - upper), 0)
        bound = np.where(coef < lower, lower, upper)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.max(np.where(beyond > 0, beyond / np.abs(bound), 0), initial=0))


def _penalty(g: Long, l1: Long, l2: Long) -> np.longdouble:
    size = np.abs(g)
    first = np.where(size == 0, 0, l1[:, None])
    return np.sum(size * (first + 0.5 * l2[:, None] * size))
