"""Plain minimiser of small penalised problems: proximal gradients and Newton's steps, never uphill."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Smooth", "minimise"]

Array = npt.NDArray[np.float64]
Long = npt.NDArray[np.longdouble]

_STRONGER = (300.0, 30.0, 5.0, 1.0)
_STEPS = 40
_NEWTONS = 8
_GLIDES = 10
_ROUNDING = 1e-14
_JOINING = 4
_HALVINGS = 25
_DAMPING = 1e-11
_SETTLED = 1e-15
_LARGEST = 1e250


@dataclass(frozen=True, eq=False)
class Smooth:
    """Loss of targets t (n, outputs) at linear predictors, rows weighted by w, which sum to 1.

    Works in the precision of what it is given.
    """

    name: str
    t: Any
    offset: Any
    w: Any

    def rounded(self) -> Smooth:
        """Return the loss in float64."""
        arrays = (one.astype(np.float64) for one in (self.t, self.offset, self.w))
        return Smooth(self.name, *arrays)

    @property
    def curvature_bound(self) -> float:
        return {"squared": 1.0, "logistic": 0.25, "multinomial": 0.5}[self.name]

    def value(self, eta: Any) -> Any:
        if self.name == "squared":
            return 0.5 * (self.w @ (self.t - eta) ** 2)[0]
        if self.name == "logistic":
            # log(1 + exp(-margin)) has no cancellation.
            margin = np.where(self.t > 0.5, eta, -eta)
            return (self.w @ np.logaddexp(np.zeros_like(margin), -margin))[0]
        behind = eta - np.sum(self.t * eta, axis=1, keepdims=True)
        top = behind.max(axis=1)
        others = np.exp(behind - top[:, None])
        # The true class is behind itself by 0: its share is left out of log(1 + ...).
        certain = np.sum(np.where(self.t > 0.5, 0, np.exp(np.minimum(behind, 0))), axis=1)
        total = np.where(top > 0, top + np.log(others.sum(axis=1)), np.log1p(certain))
        return self.w @ total

    def mean(self, eta: Any) -> Any:
        if self.name == "squared":
            return eta
        if self.name == "logistic":
            size = np.exp(-np.abs(eta))
            return np.where(eta >= 0, 1 / (1 + size), size / (1 + size))
        raised = np.exp(eta - eta.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    def gradient(self, eta: Any) -> Any:
        if self.name == "logistic":
            away = Smooth.mean(self, np.where(self.t > 0.5, -eta, eta))
            return self.w[:, None] * np.where(self.t > 0.5, -away, away)
        return self.w[:, None] * (self.mean(eta) - self.t)

    def hessian(self, A: Array, eta: Array, free: npt.NDArray[np.bool_]) -> Array:
        """Return second derivatives in the free entries (q, outputs) of coefficients of A (n, q)."""
        rows, outputs = np.nonzero(free)
        chosen = np.sqrt(self.w)[:, None] * A[:, rows]
        if self.name == "squared":
            return chosen.T @ chosen
        p = self.mean(eta)[:, outputs]
        if self.name == "logistic":
            return chosen.T @ (p * (1 - p) * chosen)
        same = outputs[:, None] == outputs[None, :]
        return np.where(same, chosen.T @ (p * chosen), 0) - (p * chosen).T @ (p * chosen)


def minimise(
    smooth: Smooth,
    Z: Long,
    *,
    l1: Long,
    l2: Long,
    lower: Long,
    upper: Long,
    fit_intercept: bool,
    start: tuple[Long, Long] | None,
) -> tuple[Long, Long]:
    """Return coefficients (p, outputs) and intercept (outputs,), from the start or from 0."""
    smooth = smooth.rounded()
    (n, p), outputs = Z.shape, smooth.t.shape[1]
    A = np.hstack([Z, np.ones((n, 1))]).astype(np.float64)
    first, second = (np.append(one, 0.0).astype(np.float64)[:, None] for one in (l1, l2))
    reach = np.inf if fit_intercept else 0.0
    low = np.append(lower, -reach).astype(np.float64)[:, None]
    high = np.append(upper, reach).astype(np.float64)[:, None]
    theta = np.zeros((p + 1, outputs))
    if start is not None:
        given = np.vstack([start[0], start[1][None, :]]).astype(np.float64)
        if np.all(np.abs(given) < _LARGEST):
            theta = np.clip(given, low, high)
    # From nothing the features enter by and by, as along a path.
    for factor in (1.0,) if start is not None or not first.any() else _STRONGER:
        theta = _Descent(smooth, A, factor * first, second, low, high).run(theta)
    return theta[:-1].astype(np.longdouble), theta[-1].astype(np.longdouble)


@dataclass(frozen=True, eq=False)
class _Descent:
    smooth: Smooth
    A: Array
    l1: Array
    l2: Array
    low: Array
    high: Array

    def run(self, theta: Array) -> Array:
        """Return a minimiser, as good as the steps allowed get; no step goes uphill."""
        value = self._value(theta)
        nothing = _SETTLED * self._value(np.zeros_like(theta))
        for _ in range(_STEPS):
            before = value
            for _ in range(_NEWTONS):
                theta, value, moved = self._newton(theta, value)
                if not moved:
                    break
            theta, value = self._glide(theta, value)
            if before - value <= _SETTLED * abs(before) or value <= nothing:
                break
        return theta

    @cached_property
    def _majorant(self) -> Array:
        """Curvature of a separable bound of the smooth part."""
        scaled = np.sqrt(self.smooth.w)[:, None] * self.A
        return self.smooth.curvature_bound * np.linalg.norm(scaled, 2) ** 2 + self.l2

    def _slope(self, theta: Array) -> Array:
        eta = self.smooth.offset + self.A @ theta
        return self.A.T @ self.smooth.gradient(eta) + self.l2 * theta

    def _value(self, theta: Array) -> float:
        size, eta = np.abs(theta), self.smooth.offset + self.A @ theta
        return float(self.smooth.value(eta) + np.sum(size * (self.l1 + 0.5 * self.l2 * size)))

    def _glide(self, theta: Array, value: float) -> tuple[Array, float]:
        """Take accelerated proximal gradient steps; return where they lead, if it is not higher."""
        here = ahead = theta
        for k in range(_GLIDES):
            point = ahead - self._slope(ahead) / self._majorant
            size = np.abs(point) - self.l1 / self._majorant
            there = np.clip(np.sign(point) * np.maximum(size, 0), self.low, self.high)
            ahead = there + k / (k + 3) * (there - here)
            here = there
        lower = self._value(here)
        # Where a strong ridge holds all, its coefficients are less than rounding of the objective.
        close = lower <= value + 2 * np.finfo(float).eps * abs(value)
        return (here, lower) if close else (theta, value)

    def _newton(self, theta: Array, value: float) -> tuple[Array, float, bool]:
        """Take Newton's step of what is not 0 and of the few entries at 0 that want most to move."""
        pull = self._pull(theta)
        inside = (theta != 0) & (theta > self.low) & (theta < self.high)
        wanting = np.where(inside, 0.0, np.abs(pull))
        least = np.sort(wanting, axis=None)[-min(_JOINING, wanting.size)]
        free = inside | ((wanting > 0) & (wanting >= least))
        if not free.any():
            return theta, value, False
        hessian = self.smooth.hessian(self.A, self.smooth.offset + self.A @ theta, free)
        damping = _DAMPING + np.broadcast_to(self.l2, free.shape)[free]
        hessian[np.diag_indices_from(hessian)] += damping
        step = np.zeros_like(theta)
        step[free] = -np.linalg.solve(hessian, pull[free])
        return self._search(theta, value, pull, step)

    def _pull(self, theta: Array) -> Array:
        """Return the derivative on the side on which the objective falls, 0 where on neither."""
        slope = self._slope(theta)
        up = slope + np.where(theta >= 0, self.l1, -self.l1)
        down = slope + np.where(theta > 0, self.l1, -self.l1)
        rising = np.where((up < 0) & (theta < self.high), up, 0.0)
        return np.where((down > 0) & (theta > self.low), down, rising)

    def _search(
        self, theta: Array, value: float, pull: Array, step: Array
    ) -> tuple[Array, float, bool]:
        """Shorten a step until it leads downhill; no entry crosses 0 where it has a kink."""
        if -np.sum(pull * step) <= _SETTLED * abs(value):
            return theta, value, False
        side = np.where(theta != 0, np.sign(theta), -np.sign(pull))
        kinked = self.l1 > 0
        meeting = kinked & (theta * step < 0)
        first = np.min(np.abs(theta[meeting] / step[meeting]), initial=1.0)
        for scale in (1.0, first, *0.5 ** np.arange(1, _HALVINGS)):
            to = np.clip(theta + scale * step, self.low, self.high)
            to = np.where(
                kinked & ((to * side < 0) | (np.abs(to) < _ROUNDING * np.abs(theta))), 0.0, to
            )
            now = self._value(to)
            if now < value:
                return to, now, True
        return theta, value, False
