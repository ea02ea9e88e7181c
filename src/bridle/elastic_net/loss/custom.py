"""Custom loss: value, gradient and curvature of each row from Python functions of the user."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bridle.elastic_net.loss.base import SingleOutputLoss
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["CustomLoss"]


RowFunction = Callable[[Array, Array], Array]

# The eta of a gradient is searched for up to 2^60.
_FARTHEST = 60
# Halvings of an interval of length 2^60 down to one unit in the last place of 1.
_HALVINGS = 112
# A gradient missed by less, relative to 1 and to the gradient, counts as the limit of reached gradients.
_REACHED = 1e-9
# Rows at which the derivatives are checked by central differences with this step, whose error is about
# its square; and the largest relative difference: a wrong sign or factor is far larger.
_ROWS_CHECKED = 5
_STEP = 1e-4
_DIFFERENCE = 1e-4


class CustomLoss(SingleOutputLoss):
    """A convex loss of each row, given by functions of the linear predictor and y.

    It is fitted by the reference implementation, in NumPy, without the C++ kernels. Paths,
    cross-validation, certificates, weights, offsets and penalties are the same as those of the other
    losses. The conjugate, which certificates need, is found by solving for the point of each gradient.

    Parameters
    ----------
    value, gradient, curvature : callable
        Functions ``f(eta, y)`` of arrays of shape (n, m) and (n, 1): the loss of a row, convex and
        smooth, and its first and second derivative in eta. They return arrays of shape (n, m), element
        by element.
    smoothness : float
        Upper bound on the curvature. Default: inf, none; then the curvature between a linear predictor
        and the one with the smallest loss of a row must be largest at one of the two.
    inverse_link, link : callable, optional
        The prediction as a function of eta, and its inverse. Default: eta itself.
    target_range : tuple of float
        Smallest and largest target allowed. Default: any finite number.
    name : str
        Used in messages. Default "custom".

    Raises
    ------
    InputError
        A function is not callable, ``smoothness`` is not above 0, or only one of
        ``inverse_link`` and ``link`` is given.

    Notes
    -----
    The conjugate is ``sup_eta u eta - value(eta, y)``. Its maximiser solves ``gradient(eta, y) = u``; it
    is found by bisection.

    Examples
    --------
    >>> import numpy as np
    >>> from bridle import ElasticNet
    >>> from bridle.elastic_net.loss import CustomLoss
    >>> log_cosh = CustomLoss(
    ...     lambda eta, y: np.logaddexp(eta - y, y - eta),
    ...     lambda eta, y: np.tanh(eta - y),
    ...     lambda eta, y: 1 - np.tanh(eta - y) ** 2,
    ...     smoothness=1.0,
    ... )
    >>> model = ElasticNet(0.1, loss=log_cosh).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> model.certificate_.meets(1e-6)
    True
    """

    is_quadratic = False
    is_shift_invariant = False
    perfect_fit = "explain y without an error"
    largest_shift = 0.0

    def __init__(
        self,
        value: RowFunction,
        gradient: RowFunction,
        curvature: RowFunction,
        *,
        smoothness: float = np.inf,
        inverse_link: Callable[[Array], Array] | None = None,
        link: Callable[[Array], Array] | None = None,
        target_range: tuple[float, float] = (-np.inf, np.inf),
        name: str = "custom",
    ) -> None:
        for what, function in (("value", value), ("gradient", gradient), ("curvature", curvature)):
            if not callable(function):
                raise InputError(
                    f"{what} must be a function of eta and y. Received: {what}={function!r}."
                )
        if not smoothness > 0:
            raise InputError(
                f"smoothness must be above 0, or inf. Received: smoothness={smoothness!r}."
            )
        if (inverse_link is None) != (link is None):
            raise InputError(
                "inverse_link and link must be given together, since one undoes the other. Received: "
                f"only {'link' if inverse_link is None else 'inverse_link'}."
            )
        self.name = name
        self.smoothness = float(smoothness)
        self.target_range = target_range
        self._value, self._gradient, self._curvature = value, gradient, curvature
        self._inverse_link, self._link = inverse_link, link

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the weighted sum of the values at each column."""
        return (weights[:, None] * self._of_rows(self._value, eta, y)).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the weighted gradients."""
        return weights[:, None] * self._of_rows(self._gradient, eta, y)

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the weighted curvatures, shape (n, 1, 1)."""
        return self.diagonal_curvature(eta, y, weights)[:, :, None]

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the weighted curvatures."""
        return weights[:, None] * self._of_rows(self._curvature, eta, y)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the smoothness, or else the larger curvature of eta and the row's minimum."""
        if np.isfinite(self.smoothness):
            return np.tile(self.smoothness * weights[:, None], (1, eta.shape[1]))
        best = self._point_of(np.zeros_like(eta), y)
        there = self._of_rows(self._curvature, best, y)
        return weights[:, None] * np.maximum(self._of_rows(self._curvature, eta, y), there)

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return the smoothness, or else the mean curvature at the minimum of each row's loss."""
        if np.isfinite(self.smoothness):
            return self.smoothness
        best = self._point_of(np.zeros_like(y), y)
        mean = float(weights @ self._of_rows(self._curvature, best, y)[:, 0]) / float(weights.sum())
        return max(mean, float(np.finfo(float).tiny))

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return the sum over rows of ``sup_t u t - value(t)``; inf if no t has the gradient u."""
        used = weights > 0
        wanted, y, w = dual[used] / weights[used, None], y[used], weights[used, None]
        point = self._point_of(wanted, y)
        missed = np.abs(self._of_rows(self._gradient, point, y) - wanted)
        outside = np.any(missed > _REACHED * np.maximum(np.abs(wanted), 1.0), axis=0)
        values = (w * (wanted * point - self._of_rows(self._value, point, y))).sum(axis=0)
        return np.where(outside, np.inf, values)

    def divergence(self, size: Array) -> Array:
        """Return inf: no bound is known for every loss."""
        return np.where(size > 0, np.inf, 0.0)

    def inverse_link(self, eta: Array) -> Array:
        """Return the prediction."""
        return eta if self._inverse_link is None else self._inverse_link(eta)

    def link(self, mean: Array) -> Array:
        """Return the linear predictor of a prediction."""
        return mean if self._link is None else self._link(mean)

    def check_targets(self, y: Array) -> None:
        """Check the range, and that gradient and curvature are the derivatives of value and gradient.

        Raises
        ------
        InputError
            A target is out of range, or a function is not the derivative of the other.
        """
        self.check_range(y)
        some = y[np.linspace(0, len(y) - 1, min(len(y), _ROWS_CHECKED)).astype(np.intp), :1]
        eta = np.tile([-0.7, 0.4, 1.3], (len(some), 1))
        for what, derivative, integral in (
            ("gradient", self._gradient, self._value),
            ("curvature", self._curvature, self._gradient),
        ):
            found = self._of_rows(derivative, eta, some)
            above, below = (self._of_rows(integral, eta + step, some) for step in (_STEP, -_STEP))
            expected = (above - below) / (2 * _STEP)
            size = 1 + np.abs(expected) + (np.abs(above) + np.abs(below)) * 1e-8 / _STEP
            wrong = np.argwhere(~(np.abs(found - expected) <= _DIFFERENCE * size))
            if wrong.size:
                i, k = wrong[0]
                raise InputError(
                    f"{what} must be the derivative of {'value' if what == 'gradient' else 'gradient'} "
                    f"in eta, {expected[i, k]:.6g} at eta={eta[i, k]:g}, y={some[i, 0]:g}. "
                    f"Received: {found[i, k]:.6g}."
                )

    def _of_rows(self, function: RowFunction, eta: Array, y: Array) -> Array:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            found = np.asarray(function(eta, y), dtype=np.float64)
        if found.shape != eta.shape:
            raise InputError(
                f"A function of the loss {self.name!r} must return the shape of eta, {eta.shape}, for y "
                f"of shape {y.shape}. Received: shape {found.shape}."
            )
        return found

    def _point_of(self, wanted: Array, y: Array) -> Array:
        """Return the eta at which each row's gradient is ``wanted``, or a huge eta if there is none."""
        below, above = np.full_like(wanted, -1.0), np.full_like(wanted, 1.0)
        for _ in range(_FARTHEST):
            short = self._of_rows(self._gradient, above, y) < wanted
            long = self._of_rows(self._gradient, below, y) > wanted
            if not (short.any() or long.any()):
                break
            above, below = np.where(short, 2 * above, above), np.where(long, 2 * below, below)
        for _ in range(_HALVINGS):
            middle = below + 0.5 * (above - below)
            if np.all((middle == below) | (middle == above)):
                break
            short = self._of_rows(self._gradient, middle, y) < wanted
            below, above = np.where(short, middle, below), np.where(short, above, middle)
        return below + 0.5 * (above - below)
