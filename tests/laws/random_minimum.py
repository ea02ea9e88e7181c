"""Plain minimiser of small penalised problems: projected Newton steps, each checked by the objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Smooth", "minimise"]

Array = npt.NDArray[np.float64]
Long = npt.NDArray[np.longdouble]

_STEPS = 60
_HALVINGS = 25
_DAMPING = 1e-11
_SETTLED = 1e-14
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

    @property
    def least(self) -> float:
        """The loss of a model that fits perfectly; classes are certain."""
        return 0.0

    def value(self, eta: Any) -> Any:
        if self.name == "squared":
            return 0.5 * (self.w @ (self.t - eta) ** 2)[0]
        if self.name == "logistic":
            # log(1 + exp(-margin)) has no cancellation.
            margin = np.where(self.t > 0.5, eta, -eta)
            return (self.w @ np.logaddexp(np.zeros_like(margin), -margin))[0]
        top = eta.max(axis=1)
        total = np.log(np.exp(eta - top[:, None]).sum(axis=1))
        return self.w @ (total + top - np.sum(self.t * eta, axis=1))

    def mean(self, eta: Any) -> Any:
        if self.name == "squared":
            return eta
        if self.name == "logistic":
            size = np.exp(-np.abs(eta))
            return np.where(eta >= 0, 1 / (1 + size), size / (1 + size))
        raised = np.exp(eta - eta.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    def gradient(self, eta: Any) -> Any:
        return self.w[:, None] * (self.mean(eta) - self.t)

    def hessian(self, A: Array, eta: Array, free: npt.NDArray[np.bool_]) -> Array:
        """Return second derivatives in the free entries (q, outputs) of coefficients of A (n, q)."""
        if self.name == "squared":
            chosen = A[:, free[:, 0]]
            return chosen.T @ (self.w[:, None] * chosen)
        mean = self.mean(eta)
        if self.name == "logistic":
            chosen = A[:, free[:, 0]]
            return chosen.T @ ((self.w * mean[:, 0] * (1 - mean[:, 0]))[:, None] * chosen)
        rows, outputs = np.nonzero(free)
        chosen = A[:, rows]
        p = mean[:, outputs]
        scaled = np.sqrt(self.w)[:, None] * p * chosen
        same = outputs[:, None] == outputs[None, :]
        return np.where(same, chosen.T @ (self.w[:, None] * p * chosen), 0) - scaled.T @ scaled


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
    quadratic = _Descent(smooth, A, first, second, low, high)
    theta = quadratic.run(theta)
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
        eta = self.smooth.offset + self.A @ theta
        value = self._value(theta, eta)
        settled = 0
        for _ in range(_STEPS):
            slope = self.A.T @ self.smooth.gradient(eta) + self.l2 * theta
            pull = self._pull(theta, slope)
            if not np.any(pull):
                break
            before = value
            for step in (self._newton(theta, eta, pull), self._scaled(pull)):
                theta, value, moved = self._search(theta, value, pull, step)
                if moved:
                    break
            eta = self.smooth.offset + self.A @ theta
            settled = settled + 1 if before - value <= _SETTLED * abs(before) else 0
            if not moved or settled == 3:
                break
        return theta

    def _value(self, theta: Array, eta: Array) -> float:
        size = np.abs(theta)
        return float(self.smooth.value(eta) + np.sum(size * (self.l1 + 0.5 * self.l2 * size)))

    def _pull(self, theta: Array, slope: Array) -> Array:
        """Return the derivative on the side on which the objective falls, 0 where on neither."""
        up = slope + np.where(theta >= 0, self.l1, -self.l1)
        down = slope + np.where(theta > 0, self.l1, -self.l1)
        rising = np.where((up < 0) & (theta < self.high), up, 0.0)
        return np.where((down > 0) & (theta > self.low), down, rising)

    def _newton(self, theta: Array, eta: Array, pull: Array) -> Array:
        inside = (theta != 0) & (theta > self.low) & (theta < self.high)
        free = (pull != 0) | inside
        hessian = self.smooth.hessian(self.A, eta, free)
        damping = _DAMPING + np.broadcast_to(self.l2, free.shape)[free]
        hessian[np.diag_indices_from(hessian)] += damping
        step = np.zeros_like(theta)
        step[free] = -np.linalg.solve(hessian, pull[free])
        return step

    def _scaled(self, pull: Array) -> Array:
        """Return a step that always leads downhill: each entry against its own derivative."""
        curvature = self.smooth.curvature_bound * np.sum(self.smooth.w @ self.A**2) + self.l2
        return -pull / curvature

    def _search(
        self, theta: Array, value: float, pull: Array, step: Array
    ) -> tuple[Array, float, bool]:
        side = np.where(theta != 0, np.sign(theta), -np.sign(pull))
        penalised = self.l1 > 0
        scale = 1.0
        for _ in range(_HALVINGS):
            to = np.clip(theta + scale * step, self.low, self.high)
            to = np.where(penalised & (to * side < 0), 0.0, to)
            now = self._value(to, self.smooth.offset + self.A @ to)
            if now < value and now <= value + 1e-6 * np.sum(pull * (to - theta)):
                return to, now, True
            scale /= 2
        return theta, value, False
